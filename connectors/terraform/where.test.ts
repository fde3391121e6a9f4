import { describe, expect, test } from 'bun:test'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { isScope } from '../../model/scope.ts'
import { nameIn, parseWhere, scopeOf } from './where.ts'

describe('what a source is given', () => {
  test.each([
    ['./infra', 'infra'],
    ['infra/', 'infra'],
    ['infra//prod/../prod.tfstate', 'infra/prod.tfstate'],
    ['../other', '../other'],
    ['/srv/states/', '/srv/states'],
    ['.', '.'],
    ['/', '/'],
    ['~/infra', `${homedir()}/infra`],
    ['envs/*/terraform.tfstate', 'envs/*/terraform.tfstate'],
  ])('%s is named %s wherever the process was started', (where, name) => {
    expect(parseWhere(where)).toEqual({ kind: 'path', name, path: resolve(name), from: process.cwd() })
  })

  test('an address is named without its user, password, fragment and tokens, which it is asked with', () => {
    const where = parseWhere('https://me:p%40ss@tf.example.test/state?token=abc&name=prod#x')
    expect(where).toMatchObject({ kind: 'url', name: 'https://tf.example.test/state?name=prod' })
    if (where.kind !== 'url') throw new Error('not an address')
    expect(where.endpoint.url.href).toBe('https://tf.example.test/state?token=abc&name=prod')
    expect(where.endpoint.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`)
  })

  test('a signed address is named without its signature, so that the next signature is the same state', () => {
    const name = (query: string) => parseWhere(`https://blob.example.test/prod.tfstate?${query}`).name
    expect(name('sv=2024-11-04&se=2026-11-24&sr=b&sp=r&sig=abc')).toBe('https://blob.example.test/prod.tfstate')
    expect(name('X-Amz-Signature=1&X-Amz-Date=2&versionId=7')).toBe(
      'https://blob.example.test/prod.tfstate?versionId=7',
    )
    expect(name('se=norway')).toBe('https://blob.example.test/prod.tfstate?se=norway')
  })

  test.each([
    ['', /nothing to watch/],
    ['  ', /nothing to watch/],
    ['s3://bucket/key', /not read from s3:\/\//],
    ['http://', /malformed/],
    ['https://me:hunter2@:0:0/', /malformed/],
    ['https://me:hunter2%zz@host/', /stray "%"/],
  ])('%j is refused without repeating a password', (where, message) => {
    expect(() => parseWhere(where)).toThrow(message)
    expect(() => parseWhere(where)).not.toThrow(/hunter2/)
  })
})

describe('the scope of a state', () => {
  test('holds its name', () => {
    expect(scopeOf('infra/prod.tfstate')).toBe('terraform/infra%2Fprod.tfstate/-/state' as never)
    expect(nameIn(scopeOf('a%2F/b'))).toBe('a%2F/b')
  })

  test('is a scope for any name, and of no other name', () => {
    const long = 'x/'.repeat(600)
    const names = ['-', 'a\nb', 'a?b', 'a\u0007b', `${long}a`, `${long}b`, `b${long}a`, 'a', '%', '%25']
    const scopes = names.map(scopeOf)
    expect(scopes.every(isScope)).toBe(true)
    expect(new Set(scopes).size).toBe(names.length)
  })
})
