import { expect, test } from 'bun:test'
import { actorText } from './app/parts/actor.ts'
import { type Field, type FieldNode, fieldTree, sharedEnds, withoutElement } from './app/parts/field-tree.ts'
import { agoText, momentOf } from './app/parts/time-text.ts'
import { grouped, scopeText, valueText } from './app/parts/value.ts'
import { schemaText } from './docs/schema-text.ts'

test('times, numbers and values are written for people, and long values are cut', () => {
  const nowMs = Date.parse('2026-11-23T12:00:00Z')
  const at = (secondsAgo: number) => agoText(new Date(nowMs - secondsAgo * 1000).toISOString(), nowMs)
  expect([at(1), at(42), at(200), at(7300), at(200_000), at(-60)]).toEqual([
    'just now',
    '42 s ago',
    '3 min ago',
    '2 h ago',
    '2 d ago',
    'just now',
  ])
  expect(valueText({ a: ['<b>'] })).toBe('{"a":["<b>"]}')
  expect(valueText('x'.repeat(1000)).length).toBe(401)
  expect(grouped(1234567)).toBe('1\u202f234\u202f567')
})

test('a scope is read as its parts, without what stands beside it', () => {
  expect(scopeText('aws/1/eu-west-1/aws_vpc')).toBe('aws 1 · eu-west-1 · aws_vpc')
  expect(scopeText('aws/1/eu-west-1/aws_vpc', 'aws_vpc')).toBe('aws 1 · eu-west-1')
  expect(scopeText('terraform/infra%2Fprod.tfstate/-/live')).toBe('live · infra/prod.tfstate')
})

test('an actor is named by who it is rather than by the role that it used', () => {
  const role = 'arn:aws:iam::1:role/operations'
  expect(actorText({ type: 'AssumedRole', arn: role, session: 'ann' })).toBe('ann')
  expect(actorText({ arn: role })).toBe('operations')
  expect([actorText('bob'), actorText(null), actorText({ x: 1 })]).toEqual(['bob', null, '{"x":1}'])
})

const replaced = (path: string, before: unknown = 1, after: unknown = 2): Field => ({
  path,
  op: 'replace',
  before,
  after,
})
const shape = (nodes: readonly FieldNode[]): unknown =>
  nodes.map(({ label, field, children }) => (field === null ? [label, shape(children)] : label))

test('fields nest by what their paths have in common, and each stays a leaf', () => {
  expect(shape(fieldTree([replaced('a.b[x=1.2].c'), replaced('a.b[x=1.2].d.e'), replaced('f')]))).toEqual([
    ['a.b[x=1.2]', ['c', 'd.e']],
    'f',
  ])
  expect(shape(fieldTree([replaced('a'), replaced('a'), replaced('a.b')]))).toEqual([['a', ['·', '·', 'b']]])
  expect(withoutElement('cidr_blocks[=0.0.0.0/0]')).toBe('cidr_blocks')
})

test('JSON in a text unfolds to the fields that differ in it, and other text stays whole', () => {
  const policy = (action: string) => JSON.stringify({ Statement: [{ Effect: 'Allow', Action: [action] }] })
  const [node] = fieldTree([replaced('policy', policy('s3:Get'), policy('s3:Put'))])
  expect(node).toMatchObject({
    label: 'policy.Statement[0].Action[0]',
    field: { op: 'replace', before: 's3:Get', after: 's3:Put' },
  })
  expect(shape(fieldTree([replaced('text', '{broken', '{worse')]))).toEqual(['text'])
})

test('what two texts share at their ends is found in whole words, once', () => {
  expect(sharedEnds('shop/app:1.8.0 x', 'shop/app:1.8.1 x')).toEqual({ start: 9, end: 2 })
  expect(sharedEnds('a a', 'a a a')).toEqual({ start: 2, end: 0 })
})

test('a schema is written as a type', () => {
  expect(schemaText({ type: ['string', 'null'] })).toBe('string | null')
  expect(schemaText({ $ref: '#/components/schemas/Item' })).toBe('Item')
  expect(schemaText({ type: 'array', items: { enum: ['a', 'b'] } })).toBe('"a" | "b"[]')
  const object = {
    type: 'object',
    required: ['a'],
    properties: { a: { type: 'string' }, b: { type: 'integer', description: 'B' } },
  }
  expect(schemaText(object, '')).toBe('{\n  a: string\n  b?: integer  // B\n}')
  expect(schemaText(object)).toBe('object')
})

test('a moment is named as people say it, and one to come is none', () => {
  const nowMs = Date.parse('2026-11-23T12:00:00Z')
  const iso = (text: string) => {
    const ms = momentOf(text, nowMs)
    return ms === null ? null : new Date(ms).toISOString()
  }
  expect(iso('2h')).toBe('2026-11-23T10:00:00.000Z')
  expect(iso('7d ago')).toBe('2026-11-16T12:00:00.000Z')
  expect(iso('yesterday')).toBe('2026-11-22T12:00:00.000Z')
  expect(iso('2026-11-20')).toBe('2026-11-20T00:00:00.000Z')
  expect(iso('2026-11-20T04:00Z')).toBe('2026-11-20T04:00:00.000Z')
  expect([iso('2027-01-01'), iso('h'), iso(''), iso('web-2h'), iso('2026-13-40')]).toEqual([
    null,
    null,
    null,
    null,
    null,
  ])
})
