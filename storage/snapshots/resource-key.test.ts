import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { JsonElementSplitter } from '../../model/json-elements.ts'
import type { Resource } from '../../model/resource.ts'
import { runs } from '../../test/property.ts'
import { KeyReader, keyInFile } from './resource-key.ts'

/** The keys that the reader makes of elements' bytes, which come in pieces. */
function keysOf(
  elements: readonly string[],
  pieces: readonly number[],
  whenParsed = (offset: number) => `a.json: byte ${offset}`,
): string[] {
  const keys: string[] = []
  const key = new KeyReader()
  const splitter: JsonElementSplitter = new JsonElementSplitter(
    { name: 'a.json', array: null },
    {
      element(bytes, start, end, offset) {
        key.read(splitter, bytes, start, end, () => whenParsed(offset))
        keys.push(Buffer.from(key.bytes.subarray(0, key.length)).toString())
      },
    },
  )
  const bytes = Buffer.from(elements.join('\n'))
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = pieces[n % pieces.length] ?? 1
    splitter.push(bytes.subarray(at, at + size))
    at += size
  }
  splitter.end()
  return keys
}

const word = fc.oneof(
  fc.constantFrom('aws', 'a/b', '100%', '%2F', 'module.net["x"].y', 'é', '\u2028', '"\\'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
)
const optional = fc.option(fc.oneof(fc.constant(''), word), { nil: null })
const scope = fc.constantFrom(
  'aws/1/eu-west-1/t',
  'a/b',
  'kubernetes/prod/-/apps.Deployment',
  'x/-/-/"y"',
  'one/two//four',
)
const resource = fc.record(
  {
    id: word,
    type: word,
    provider: word,
    account: optional,
    region: optional,
    namespace: optional,
    scope: fc.oneof(scope, fc.constant(7), fc.constant('')),
    configuration: fc.dictionary(
      fc.constantFrom('id', 'type', 'provider', 'scope', 'x'),
      fc.jsonValue({ maxDepth: 2 }),
    ),
    names: fc.constant(['id', 'type', { id: 'deeper' }]),
    ...Object.fromEntries(['a', 'bb', 'ccc', 'longer_than_any_of_them_by_a_lot'].map((name) => [name, fc.jsonValue()])),
  },
  { requiredKeys: ['id', 'type', 'provider'] },
)
const shuffled = resource.chain((made) =>
  fc.shuffledSubarray(Object.entries(made), { minLength: Object.keys(made).length }).map(Object.fromEntries),
)

const mustNotParse = (): string => {
  throw new Error('it was parsed to find its key')
}

test('makes of the bytes the key that it makes of the parsed resource', () => {
  fc.assert(
    fc.property(
      fc.array(shuffled, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(undefined, 2, '\t'),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
      (resources, indent, pieces) => {
        const texts = resources.map((each) => JSON.stringify(each, null, indent))
        expect(keysOf(texts, pieces, mustNotParse)).toEqual(resources.map((each) => keyInFile(each as Resource)))
      },
    ),
    runs(200),
  )
})

test('of a name that comes twice, or in escapes, takes what a parser takes', () => {
  const texts = [
    '{"id":"a","type":"t","provider":"p","id":"b"}',
    '{"\\u0069d":"a","type":"t","provider":"p"}',
    '{"id":"\\u0061","type":"t","provider":"p","region":null}',
    '{"id":"a","type":"t","provider":"p","region":"r","namespace":"n","account":"1/2"}',
  ]
  expect(keysOf(texts, [1000])).toEqual(['p/-/-/t/b', 'p/-/-/t/a', 'p/-/-/t/a', 'p/1%2F2/r/t/a'])
})

test.each([
  ['{"type":"t","provider":"p"}', 'a.json: byte 0: a resource without "id"'],
  ['{"id":"","type":"t"}', 'a.json: byte 0: a resource without "id", "provider"'],
  ['{"id":7,"type":"t","provider":"p"}', 'a.json: byte 0: a resource without "id"'],
  ['{"id":"\\x","type":"t","provider":"p"}', 'a.json: byte 0: not valid JSON'],
  ['{"id":"a" "type":"t","provider":"p"}', 'a.json: byte 0: not valid JSON'],
  ['{"id":"a","type":"t","provider":"p",}', 'a.json: byte 0: not valid JSON'],
  ['{"id" "type"}', 'a.json: byte 0: not valid JSON'],
])('refuses %j', (text, said) => {
  expect(() => keysOf([text], [1000])).toThrow(said)
})
