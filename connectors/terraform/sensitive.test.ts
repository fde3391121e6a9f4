import { describe, expect, test } from 'bun:test'
import type { Json } from '../../model/resource.ts'
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

  describe('and a path that', () => {
    const secret = 'zebra-crossing-77'
    const dynamic = (value: Json, type: Json = ['object', { greeting: 'string' }]): Json => ({ value, type })
    const found: [what: string, attributes: JsonObject, path: (object | null)[], left?: JsonObject][] = [
      [
        'leads through a value of dynamic type',
        { input: dynamic({ greeting: secret, plain: 'x' }), output: dynamic({ greeting: secret, plain: 'x' }) },
        [attr('input'), attr('greeting')],
        {
          input: dynamic({ greeting: hidden(secret), plain: 'x' }),
          output: dynamic({ greeting: hidden(secret), plain: 'x' }),
        },
      ],
      [
        'leads to a member named type or value, inside a value of dynamic type',
        { input: dynamic({ type: secret, value: 'v' }) },
        [attr('input'), attr('type')],
        { input: dynamic({ type: hidden(secret), value: 'v' }) },
      ],
      [
        'leads to a member named type of an object that only resembles one',
        { input: { value: 'v', type: secret } },
        [attr('input'), attr('type')],
        { input: { value: 'v', type: hidden(secret) } },
      ],
      [
        'leads through lists and maps of dynamic type',
        { m: dynamic({ list: [{ 'a.txt': secret }] }, ['object', {}]) },
        [attr('m'), attr('list'), index(0), index('a.txt')],
        { m: dynamic({ list: [{ 'a.txt': hidden(secret) }] }, ['object', {}]) },
      ],
      [
        'leads into a manifest, which the provider repeats in its object',
        {
          manifest: dynamic({ kind: 'ConfigMap', data: { 'a.txt': 'abc' } }, ['object', {}]),
          object: dynamic({ kind: 'ConfigMap', data: { 'a.txt': 'abc', z: secret } }, ['object', {}]),
        },
        [attr('manifest'), attr('data'), attr('a.txt')],
        {
          manifest: dynamic({ kind: 'ConfigMap', data: { 'a.txt': hidden('abc') } }, ['object', {}]),
          object: dynamic({ kind: 'ConfigMap', data: { 'a.txt': hidden('abc'), z: secret } }, ['object', {}]),
        },
      ],
      ['names a member that was renamed', { cfg: { greeting_v2: secret } }, [attr('cfg'), attr('greeting')]],
      [
        'names a member that was renamed, deep down',
        { cfg: { a: [{ b_v2: secret }] } },
        [...[attr('cfg'), attr('a'), index(0), attr('b')]],
      ],
      ['names a member of a renamed one', { cfg: { b_v2: { c: secret } } }, [attr('cfg'), attr('b'), attr('c')]],
      ['names a position out of range', { cfg: [secret] }, [attr('cfg'), index(1)]],
      ['names a position of a map', { cfg: { a: secret } }, [attr('cfg'), index(0)]],
      ['names a member of a block without its position', { cfg: [{ a: secret }] }, [attr('cfg'), attr('a')]],
      ['goes on below a text', { cfg: secret }, [attr('cfg'), attr('a')]],
      ['has a member of JavaScript itself for a name', { cfg: { a: secret } }, [attr('cfg'), attr('toString')]],
    ]
    for (const [what, attributes, path, left] of found) {
      test(`${what} hides the secret`, () => {
        const expected = left ?? { cfg: redactor.redactValue(attributes.cfg ?? null) }
        expect(redacted(attributes, path)).toEqual(expected)
      })
    }

    test('leads to a member that is null, or through one, hides nothing', () => {
      const attributes = () => ({ cfg: { a: null, b: 'plain' } })
      expect(redacted(attributes(), [attr('cfg'), attr('a')])).toEqual(attributes())
      expect(redacted(attributes(), [attr('cfg'), attr('a'), attr('x')])).toEqual(attributes())
    })

    test('hides a whole attribute hides it the same whatever path comes first', () => {
      const attributes = () => ({ cfg: { a: { b: secret }, c: 'other-secret' } })
      const paths = [
        [attr('cfg'), attr('a'), attr('b')],
        [attr('cfg'), attr('c')],
        [attr('cfg'), attr('gone')],
        [attr('cfg'), attr('a')],
      ]
      const expected = { cfg: redactor.redactValue(attributes().cfg) }
      expect(redacted(attributes(), ...paths)).toEqual(expected)
      expect(redacted(attributes(), ...paths.toReversed())).toEqual(expected)
    })
  })

  test('is found again in the spellings of JSON, URLs, hexadecimal and base64, and in names of members', () => {
    const secret = 'p4ss "w0rd"/ä+x'
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const spellings: { [where: string]: Json } = {
      json: JSON.stringify({ note: secret, n: 1 }),
      json_in_json: JSON.stringify({ inner: JSON.stringify({ note: secret }) }),
      url: `https://db/?note=${encodeURIComponent(secret)}&x=1`,
      form: `note=${encodeURIComponent(secret).replaceAll('%20', '+')}`,
      lower_case: `note=${encodeURIComponent(secret).toLowerCase()}`,
      hexadecimal: Buffer.from(secret).toString('hex'),
      base64: base64(secret),
      base64url: Buffer.from(`???${secret}`).toString('base64url'),
      ...Object.fromEntries([1, 2, 3].map((shift) => [`base64_${shift}`, base64(`${'a'.repeat(shift)}${secret}b`)])),
      names: { [secret]: 1, [`https://${secret}@h`]: [{ [base64(secret)]: 'x', keep: 'y' }] },
    }
    const result = redacted({ note: secret, ...structuredClone(spellings), keep: 'plain' }, [attr('note')])
    expect(result.keep).toBe('plain')
    for (const [where, value] of Object.entries(spellings)) {
      const text = JSON.stringify(result[where])
      expect([where, text]).not.toEqual([where, JSON.stringify(value)])
      for (const form of [secret, encodeURIComponent(secret), base64(secret), base64(secret).slice(2, -4)]) {
        expect([where, text.includes(form)]).toEqual([where, false])
      }
    }
    expect(JSON.stringify(result.names)).toContain('"keep":"y"')
    expect(Object.keys(result)).toEqual(['note', ...Object.keys(spellings), 'keep'])
    expect(JSON.parse(String(result.json))).toEqual({ note: hidden(secret), n: 1 })
  })

  test('is found again in the identity that stands beside the attributes', () => {
    const identity = { url: 'https://zebra-crossing-77@h' }
    redactSensitive({ a: 'zebra-crossing-77' }, [[attr('a')]], redactor, identity)
    expect(identity).toEqual({ url: `https://${hidden('zebra-crossing-77')}@h` })
  })

  test('is sought in a time that grows with the text alone, however many secrets there are', () => {
    const cpuOf = (count: number): number => {
      const list = Array.from({ length: count }, (_, n) => `secret-number-${n}`)
      const attributes = { list, text: 'secret-number- base64 and words '.repeat(20_000) }
      // Processor time, so that what else the machine does doesn't count.
      const before = process.cpuUsage()
      redacted(attributes, [attr('list')])
      const { user, system } = process.cpuUsage(before)
      return user + system
    }
    const few = cpuOf(20)
    // It is about 12 times, and with one search a secret it was 400 times.
    expect(cpuOf(2000)).toBeLessThan(60 * few)
  })

  test('is redacted once where paths overlap', () => {
    const once = redacted({ a: { b: 'secret-text' } }, [attr('a')])
    const twice = redacted({ a: { b: 'secret-text' } }, [attr('a')], [attr('a'), attr('b')], [attr('a')])
    expect(twice).toEqual(once)
  })
})
