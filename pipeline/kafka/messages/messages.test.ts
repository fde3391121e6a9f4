import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { diffResources } from '../../../model/field-diff.ts'
import type { Resource } from '../../../model/resource.ts'
import type { Scope } from '../../../model/scope.ts'
import type { AttributionRow, ChangeRow } from '../../../storage/change-row.ts'
import type { ReplicaScope, ReplicaState } from '../../../storage/replica.ts'
import { bytesOf } from '../../../test/kafka/record-value.ts'
import { problemsOf, publishedSchemas } from '../../../test/kafka/schemas.ts'
import { runs } from '../../../test/property.ts'
import type { OutputRecord } from '../owner/outbox.ts'
import { messageLimits } from './message-limits.ts'
import {
  attributionMessage,
  changeMessage,
  type MessageSettings,
  readChangeMessage,
  readStateMessage,
  scopeMessage,
  stateMessage,
  tombstone,
} from './messages.ts'

const limits = messageLimits(20_000_000, null)
const settings: MessageSettings = { prefix: 'vaino', encoding: 'json', ...limits }
const encodings = ['json', 'msgpack'] as const
const changeSchema = publishedSchemas()('change')
const headersSchema = publishedSchemas()('change-headers')
const scope = 'a/b/c/d' as Scope
const name = fc.string({ minLength: 1, unit: 'grapheme' })
const time = fc.integer({ min: 0, max: 4e12 })
const resource = fc.record({ id: name, type: name, provider: name, configuration: fc.object() })
const document = resource.map((made) => JSON.stringify(JSON.parse(JSON.stringify(made))))

const row = fc.record<ChangeRow>({
  partition: fc.nat(255),
  offset: fc.integer({ min: 1, max: 2 ** 40 }),
  resource: fc.constant(1),
  prev: fc.nat(),
  prevAtMs: time,
  op: fc.constantFrom('r', 'c', 'u', 'd'),
  version: fc.integer({ min: 1, max: 1e6 }),
  recordedAtMs: time,
  observedAtMs: time,
  scan: fc.option(name),
  reason: fc.constantFrom(null, 'scan'),
  occurredAt: fc.constantFrom(null, '2026-11-23T12:00:00Z'),
  actor: fc.option(document),
  header: fc.constant('{"provider":"p","type":"t","id":"i"}'),
  fields: fc.constantFrom('[]', '[{"path":"p","pointer":"/p","op":"add","before":null,"after":12345678901234567890}]'),
  before: fc.option(document),
  after: fc.option(document),
  scope: fc.constant(scope),
  name,
})
const attribution = fc.record<AttributionRow>({
  partition: fc.nat(255),
  offset: fc.integer({ min: 2, max: 2 ** 40 }),
  op: fc.constant('a'),
  resource: fc.constant(1),
  of: fc.integer({ min: 1, max: 1e6 }),
  version: fc.integer({ min: 1, max: 1e6 }),
  recordedAtMs: time,
  occurredAt: time.map((ms) => new Date(ms).toISOString()),
  actor: fc.oneof(
    document,
    name.map((one) => JSON.stringify(one)),
  ),
  event: fc.record({ id: name, name: fc.option(name), source: fc.option(name) }).map((one) => JSON.stringify(one)),
  header: fc.constant('{"provider":"p","type":"t","id":"i"}'),
  scope: fc.constant(scope),
  name,
})
/** What a consumer reads. */
const never = (): never => {
  throw new Error('nothing is left out, so nothing is asked')
}

test('who made a change is read as it was written, in either encoding, and says that nothing has happened to the resource', () => {
  fc.assert(
    fc.property(attribution, fc.constantFrom(...encodings), (written, encoding) => {
      const message = attributionMessage(written, { ...settings, encoding })
      const { partition: _, resource: __, ...numbered } = written
      expect(readChangeMessage(bytesOf(message.value), never)).toEqual(numbered)
      expect(message.headers).toMatchObject({
        ce_type: 'io.vaino.resource.attributed',
        ce_time: written.occurredAt,
        ce_subject: `${scope}/${written.name}`,
      })
      if (encoding === 'json') {
        const body = JSON.parse(Buffer.from(bytesOf(message.value)).toString('utf8'))
        expect(body).toMatchObject({ op: 'a', before: null, after: null, fields: [] })
        expect(problemsOf(changeSchema, body)).toEqual([])
        expect(problemsOf(headersSchema, message.headers)).toEqual([])
      }
    }),
    runs(100),
  )
})

test('a change is read as it was written, in either encoding', () => {
  fc.assert(
    fc.property(row, fc.constantFrom(...encodings), (written, encoding) => {
      const { value, headers } = changeMessage(written, { ...settings, encoding })
      expect(headers['content-type']).toBe(`application/${encoding}`)
      const { partition, resource: id, ...expected } = written
      expect(readChangeMessage(bytesOf(value), never)).toEqual(expected)
    }),
    runs(200),
  )
})

test('a state, a deletion and a scope are read as they were written, in either encoding', () => {
  const state = fc.record<ReplicaState>({
    scope: fc.constant(scope),
    name,
    version: fc.integer({ min: 1 }),
    last: fc.integer({ min: 1 }),
    held: fc.boolean(),
    firstSeenMs: time,
    changedAtMs: time,
    observedAtMs: time,
    uid: fc.option(name),
    document,
  })
  const expected: ReplicaScope = {
    scope,
    head: 7,
    hadComplete: true,
    scan: 's',
    scanFrom: 12,
    ended: { scan: 'r', beganAtMs: 500, endedAtMs: 600 },
    liveAtBegin: 4,
    headAtBegin: 6,
    completedAtMs: 1500,
    goneSinceMs: 1500,
    input: 15,
    lastAttemptAtMs: 1000,
    lastCompleteAtMs: null,
    confirmedAtMs: 2000,
    failed: true,
    errors: ['denied', { message: 'm', code: 403 }],
    warnings: [],
    attributes: { serial: 7 },
  }
  const read = ({ key, value, headers }: OutputRecord) => {
    const received = Object.entries(headers).map(([header, text]) => [header, Buffer.from(text)] as const)
    return readStateMessage(key ?? '', value === null ? null : bytesOf(value), received)
  }
  fc.assert(
    fc.property(state, fc.constantFrom(...encodings), (written, encoding) => {
      expect(read(stateMessage(written, 3, 0, { ...settings, encoding }))).toEqual({ kind: 'state', state: written })
      expect(read(scopeMessage(expected, 0, { ...settings, encoding }))).toEqual({ kind: 'scope', scope: expected })
      const { held, uid, document: lost, ...deletion } = written
      expect(read(tombstone(deletion, 3, 0))).toEqual({ kind: 'deleted', resource: deletion })
    }),
    runs(200),
  )
})

test('a scope is read as it was written also where no scan has ended, and where an older vaino does not say which did', () => {
  const expected: ReplicaScope = {
    ...{ scope, head: 7, input: 15, hadComplete: true, scan: null, scanFrom: null, ended: null },
    ...{ lastAttemptAtMs: null, lastCompleteAtMs: null, confirmedAtMs: null, failed: false },
    ...{ errors: [], warnings: [], attributes: {}, liveAtBegin: null, headAtBegin: null, completedAtMs: null },
    goneSinceMs: null,
  }
  const { key, value } = scopeMessage(expected, 0, settings)
  const { ended_scan, live_at_begin, head_at_begin, completed_at, gone_since, ...older } = JSON.parse(
    bytesOf(value).toString(),
  )
  expect(ended_scan).toBeNull()
  const read = (body: object) => readStateMessage(key ?? '', Buffer.from(JSON.stringify(body)), [])
  for (const body of [older, { ...older, ended_scan }]) expect(read(body)).toEqual({ kind: 'scope', scope: expected })
  for (const odd of [7, 'r', [], { scan: 7, observed_at: null }, { scan: 'r' }, { scan: 'r', observed_at: 'odd' }]) {
    expect(read({ ...older, ended_scan: odd })).toBeNull()
  }
})

test('what another program wrote is passed over', () => {
  for (const value of ['', 'text', '[]', '{}', '{"source":{}}', '{"scope":7}', '\u00c1']) {
    expect(readChangeMessage(Buffer.from(value), never)).toBeNull()
    expect(readStateMessage('k', Buffer.from(value), [])).toBeNull()
  }
})

test('I13: what only looks like a message of ours is passed over: with any field missing, or of another kind', () => {
  const change = fc.sample(row, { numRuns: 1, seed: 1 })[0] as ChangeRow
  const state: ReplicaState = {
    ...{ scope, name: 'n', version: 1, last: 1, held: false, uid: null, document: '{"id":"i"}' },
    ...{ firstSeenMs: 0, changedAtMs: 0, observedAtMs: -1 },
  }
  const parsed = ({ value }: OutputRecord) => JSON.parse(bytesOf(value).toString())
  const ofChange = parsed(changeMessage(change, settings))
  const ofState = parsed(stateMessage(state, 3, 0, settings))
  const reads = {
    change: (body: object) => readChangeMessage(Buffer.from(JSON.stringify(body)), never),
    state: (body: object) => readStateMessage('k', Buffer.from(JSON.stringify(body)), []),
  }
  expect([reads.change(ofChange), reads.state(ofState)]).not.toContain(null)
  const notRead = new Set(['name', 'partition', 'id'])
  // A time, a text or a document may be absent in many places, but is never another kind of thing.
  for (const odd of [undefined, 0.5, 'odd', [0], { odd: 0 }]) {
    for (const name of Object.keys(ofState)) {
      const body = { ...ofState, [name]: odd }
      const fits =
        (name === 'uid' && odd === 'odd') || (name === 'resource' && typeof odd === 'object' && !Array.isArray(odd))
      expect([name, odd, reads.state(body) === null]).toEqual([name, odd, !fits])
    }
    for (const name of ['op', 'ts_ms', 'source'])
      expect([name, odd, reads.change({ ...ofChange, [name]: odd })]).toEqual([name, odd, null])
    for (const name of [
      'offset',
      'version',
      'previous_offset',
      'previous_ts_ms',
      'ts_ms',
      'key',
      'scope',
      'connector',
    ]) {
      const source = { ...ofChange.source, [name]: odd }
      expect([name, odd, reads.change({ ...ofChange, source })]).toEqual([name, odd, null])
    }
    for (const name of [...Object.keys(ofChange), ...Object.keys(ofChange.source)].filter((one) => !notRead.has(one))) {
      const where = name in ofChange ? { [name]: odd } : { source: { ...ofChange.source, [name]: odd } }
      if (odd === undefined) expect([name, reads.change({ ...ofChange, ...where })]).toEqual([name, null])
      else expect(() => reads.change({ ...ofChange, ...where })).not.toThrow()
    }
  }
})

const resourceWith = (text: string): Resource => ({ id: 'i', type: 't', provider: 'p', configuration: { text } })
const large: ChangeRow = {
  ...(fc.sample(row, { numRuns: 1, seed: 1 })[0] as ChangeRow),
  op: 'u',
  actor: JSON.stringify({ user: 'x'.repeat(400) }),
  before: JSON.stringify(resourceWith('b'.repeat(1000))),
  after: JSON.stringify(resourceWith('a'.repeat(1000))),
  fields: JSON.stringify(diffResources(resourceWith('b'.repeat(1000)), resourceWith('a'.repeat(1000)))),
}

test.each([
  [6000, undefined],
  [4300, 'before'],
  [2300, 'before,fields'],
  [1700, 'before,fields,actor'],
])('a change that may have %i bytes leaves out %p, and what is after it always stands', (maxChangeBytes, omitted) => {
  for (const encoding of encodings) {
    const { value, headers } = changeMessage(large, { ...settings, encoding, maxChangeBytes })
    expect(headers.vaino_omitted).toBe(omitted as string)
    expect(bytesOf(value).length).toBeLessThanOrEqual(maxChangeBytes)
    const asked: number[] = []
    const read = readChangeMessage(bytesOf(value), ({ prev }) => {
      asked.push(prev)
      return large.before
    })
    expect(asked).toEqual(omitted === undefined ? [] : [large.prev])
    const actor = omitted?.includes('actor') ? null : large.actor
    expect(read).toMatchObject({ before: large.before, after: large.after, fields: large.fields, actor })
  }
})

test('a value that MessagePack makes too large is JSON', () => {
  const numbers = JSON.stringify(Array.from({ length: 200 }, () => 0.5))
  const after = `{"id":"i","type":"t","provider":"p","configuration":{"n":${numbers}}}`
  const change = { ...large, before: null, fields: '[]', actor: null, after }
  const { value } = changeMessage(change, settings)
  const { headers } = changeMessage(change, {
    ...settings,
    encoding: 'msgpack',
    maxChangeBytes: bytesOf(value).length + 10,
  })
  expect(headers).toMatchObject({ 'content-type': 'application/json' })
  expect(headers.vaino_omitted).toBeUndefined()
})

test('a message takes two of the largest documents, whatever the brokers take', () => {
  for (const brokers of [null, 256 * 1024, 1_048_588, 8 * 1024 * 1024, 100 * 1024 * 1024]) {
    const { recordBytes, topics, maxChangeBytes, maxStateBytes, maxBatchBytes } = messageLimits(20_000_000, brokers)
    expect(recordBytes).toBeGreaterThan(32 * 1024)
    expect(maxChangeBytes).toBeGreaterThanOrEqual(2 * recordBytes)
    expect(maxStateBytes).toBeGreaterThan(recordBytes)
    const all = Object.values(topics)
    expect(Math.max(...all)).toBeLessThanOrEqual(brokers ?? 41_000_000)
    expect(maxBatchBytes).toBeLessThan(Math.min(...all))
  }
})
