import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import specs from '@asyncapi/specs'
import Ajv from 'ajv'
import fc from 'fast-check'
import { parse } from 'yaml'
import { z } from 'zod'
import { driftEntry } from '../../api/drift-schemas.ts'
import { topicNames } from '../../connectors/kafka/admin/topics.ts'
import { deadLetterReasons } from '../../model/partition-state.ts'
import { inputRecordSchema } from '../../model/record.ts'
import { messageLimits } from '../../pipeline/kafka/messages/message-limits.ts'
import { wantedTopics } from '../../pipeline/kafka/node/wanted-topics.ts'
import { repository } from '../lanes.ts'
import { runs } from '../property.ts'
import { problemsOf, publishedSchemas } from './schemas.ts'

const document = parse(readFileSync(`${repository}/docs/asyncapi.yaml`, 'utf8'))
const schema = publishedSchemas()

const referencesIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return []
  if ('$ref' in value && typeof value.$ref === 'string') return [value.$ref]
  return Object.values(value).flatMap(referencesIn)
}

test('the description of the topics is AsyncAPI 3, as its own schema has it', () => {
  const ajv = new Ajv({ allErrors: false, strict: false, validateFormats: false })
  const official: Record<string, unknown> = { ...specs.schemasWithoutId['3.0.0'] }
  const validate = ajv.compile(official)
  expect(problemsOf(validate, document)).toEqual([])
  expect(problemsOf(validate, { ...document, channels: { a: { address: 1 } } })).not.toEqual([])
})

test('what the description refers to is there', () => {
  const inside = (path: string) =>
    path
      .slice(2)
      .split('/')
      .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document)
  for (const reference of referencesIn(document)) {
    const isThere = reference.startsWith('#/')
      ? inside(reference) !== undefined
      : existsSync(`${repository}/docs/${reference}`)
    expect([reference, isThere]).toEqual([reference, true])
  }
})

test('the description names the topics that there are', () => {
  const described = Object.entries(document.channels).map(([name, channel]) => [
    name,
    (channel as { address: string }).address,
  ])
  expect(Object.fromEntries(described)).toEqual(topicNames('vaino'))
})

test('the description says for how long a deletion can be read', () => {
  const { topicConfiguration } = document.channels.state.bindings.kafka
  const state = wantedTopics('vaino', messageLimits(1_000_000, null).topics).find(({ name }) => name === 'vaino.state')
  expect(topicConfiguration['delete.retention.ms']).toBe(state?.tombstonesKeptMs)
})

test('the published schema of drift has the members of the one that the API answers by', () => {
  const published = JSON.parse(readFileSync(`${repository}/docs/schemas/drift.json`, 'utf8'))
  const { cursor: _cursor, ...entry } = driftEntry.shape
  expect(Object.keys(published.properties)).toEqual(Object.keys(entry))
  const { properties, required } = published.$defs.DriftItem
  expect(Object.keys(properties)).toEqual(Object.keys(driftEntry.shape.drift.shape))
  expect(required).toEqual(Object.keys(properties))
})

test('the examples in it are what they are examples of', () => {
  const [example] = document.components.messages.records.examples
  expect(problemsOf(schema('input-record'), example.payload)).toEqual([])
  expect(inputRecordSchema.safeParse(example.payload).success).toBe(true)
})

test('the published schema of input records has the fields of the one that checks them', () => {
  interface Shape {
    readonly properties: Readonly<Record<string, Shape>>
    readonly required: readonly string[]
    readonly const?: string
  }
  const shapesOf = (all: readonly Shape[]) =>
    Object.fromEntries(
      all.map(({ properties, required }) => [
        properties.kind?.const,
        [Object.keys(properties).toSorted(), [...required].toSorted()],
      ]),
    )
  const published = JSON.parse(readFileSync(`${repository}/docs/schemas/input-record.json`, 'utf8'))
  const checked = z.toJSONSchema(inputRecordSchema, { io: 'input' })
  expect(shapesOf(published.oneOf)).toEqual(shapesOf(checked.oneOf as unknown as readonly Shape[]))
  const resource = JSON.parse(readFileSync(`${repository}/docs/schemas/resource.json`, 'utf8'))
  const observed = (checked.oneOf as unknown as readonly Shape[]).find(({ properties }) => properties.resource)
  expect(Object.keys(resource.properties).toSorted()).toEqual(
    Object.keys(observed?.properties.resource?.properties ?? {}).toSorted(),
  )
})

test('the published schema of input records takes and refuses what vaino does', () => {
  const text = fc.constantFrom(
    '',
    'x',
    '-',
    '2026-11-23T12:00:00Z',
    '2026-11-23T12:00:00+01:00',
    'now',
    'a/b/c/d',
    'a/b/c',
  )
  const odd = fc.oneof(
    text,
    fc.constant(null),
    fc.constant(undefined),
    fc.integer(),
    fc.boolean(),
    fc.constant({}),
    fc.constant([]),
  )
  const mostly = <T>(usual: fc.Arbitrary<T>) => fc.oneof({ weight: 8, arbitrary: usual }, { weight: 1, arbitrary: odd })
  const time = mostly(fc.constantFrom(undefined, '2026-11-23T12:00:00.5Z'))
  const note = fc.oneof(text, fc.constant({ message: 'm', code: 1 }), fc.constant({}))
  const resource = fc.record({
    id: mostly(fc.constant('i-1')),
    type: mostly(fc.constant('t')),
    provider: mostly(fc.constant('p')),
    name: odd,
    configuration: mostly(fc.constantFrom(null, { a: [1] })),
    tags: mostly(fc.constant(undefined)),
    other: odd,
  })
  const record = fc.record({
    kind: mostly(fc.constantFrom('scan.begin', 'observed', 'gone', 'attributed', 'scan.end')),
    scope: mostly(fc.constant('a/b/c/d')),
    scan: mostly(fc.constantFrom('s', undefined)),
    id: mostly(fc.constant('i')),
    resource: mostly(resource),
    complete: mostly(fc.boolean()),
    count: mostly(fc.constantFrom(0, 3, undefined)),
    errors: mostly(fc.constantFrom(undefined, [])),
    warnings: mostly(fc.array(note, { maxLength: 2 })),
    attributes: mostly(fc.constantFrom(undefined, { serial: 1 })),
    observed_at: time,
    occurred_at: time,
    actor: fc.oneof(odd, fc.constant('somebody')),
    event: mostly(fc.record({ id: mostly(fc.constant('e')), name: mostly(fc.constant('n')), source: odd })),
  })
  const validate = schema('input-record')
  fc.assert(
    fc.property(record, (made) => {
      const value: unknown = JSON.parse(JSON.stringify(made))
      expect([value, validate(value)]).toEqual([value, inputRecordSchema.safeParse(value).success])
    }),
    runs(3000),
  )
})

test('the published reasons of dead letters are the ones that there are', () => {
  const headers = JSON.parse(readFileSync(`${repository}/docs/schemas/dead-letter-headers.json`, 'utf8'))
  expect(headers.properties.vaino_reason.enum).toEqual([...deadLetterReasons])
})
