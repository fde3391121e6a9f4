import { describe, expect, test } from 'bun:test'
import { redactor } from '../../test/terraform/states.ts'
import type { JsonObject } from './parse-bytes.ts'
import { redactSensitive } from './sensitive.ts'

const attr = (value: string) => ({ type: 'get_attr', value })
const index = (value: string | number) => ({
  type: 'index',
  value: { value, type: typeof value === 'string' ? 'string' : 'number' },
})
const hidden = (value: string) => redactor.redactValue(value)

function redacted(attributes: JsonObject, ...paths: (object | null)[][]): JsonObject {
  redactSensitive(attributes, paths as never, redactor)
  return attributes
}

describe('what a state marks as sensitive', () => {
  test('is redacted where the path leads, through objects, lists and maps', () => {
    const attributes = {
      password: 'hunter2-long',
      users: [
        { name: 'a', token: 'first-token' },
        { name: 'b', token: 'second-token' },
      ],
      env: { 'A.B': 'some-value', C: 'plain' },
    }
    expect(
      redacted(attributes, [attr('password')], [attr('users'), index(1), attr('token')], [attr('env'), index('A.B')]),
    ).toEqual({
      password: hidden('hunter2-long'),
      users: [
        { name: 'a', token: 'first-token' },
        { name: 'b', token: hidden('second-token') },
      ],
      env: { 'A.B': hidden('some-value'), C: 'plain' },
    })
  })

  test('is redacted as a whole where the path goes into a set, or on in a way that is not known', () => {
    const members = () => ({ members: [{ key: 'k1-secret' }, { key: 'k2-secret' }], rest: 1 })
    const inSet = [
      attr('members'),
      { type: 'index', value: { value: { key: 'k1-secret' }, type: ['object', {}] } },
      attr('key'),
    ]
    for (const path of [
      inSet,
      [attr('members'), { type: 'new' }],
      [attr('members'), null],
      [attr('members'), attr('x')],
    ]) {
      const { members: inner, rest } = redacted(members(), path)
      expect(inner).toEqual(redactor.redactValue(members().members))
      expect(rest).toBe(1)
    }
    expect(Object.values(redacted({ a: 'one-secret', b: { c: 1 } }, []))).toEqual([
      hidden('one-secret'),
      redactor.redactValue({ c: 1 }),
    ])
  })

  test('is found again where the provider copied it', () => {
    const attributes = {
      password: 'p4ssw0rd-x',
      url: 'postgres://admin:p4ssw0rd-x@db:5432/app',
      nested: [{ copy: 'p4ssw0rd-x' }],
      tags: { token: 'abc' },
      tags_all: { token: 'abc', env: 'abc' },
    }
    const result = redacted(attributes, [attr('password')], [attr('tags'), index('token')])
    expect(result).toEqual({
      password: hidden('p4ssw0rd-x'),
      url: `postgres://admin:${hidden('p4ssw0rd-x')}@db:5432/app`,
      nested: [{ copy: hidden('p4ssw0rd-x') }],
      tags: { token: hidden('abc') },
      // Short texts are sought in the provider's copy of the tags alone, not everywhere.
      tags_all: { token: hidden('abc'), env: 'abc' },
    })
  })

  test('is left alone where it is absent or null, and prototypes are out of reach', () => {
    const attributes = JSON.parse('{"a": null, "__proto__": {"x": "very-secret"}, "constructor": "also-secret"}')
    const result = redacted(
      attributes,
      [attr('a')],
      [attr('b'), attr('c')],
      [attr('__proto__'), attr('x')],
      [attr('constructor')],
      [attr('toString')],
    )
    expect(JSON.stringify(result)).toBe(
      `{"a":null,"__proto__":{"x":"${hidden('very-secret')}"},"constructor":"${hidden('also-secret')}"}`,
    )
    expect({}).not.toHaveProperty('x')
  })

  test('is redacted once where paths overlap', () => {
    const once = redacted({ a: { b: 'secret-text' } }, [attr('a')])
    const twice = redacted({ a: { b: 'secret-text' } }, [attr('a')], [attr('a'), attr('b')], [attr('a')])
    expect(twice).toEqual(once)
  })
})
