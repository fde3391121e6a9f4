import { expect, test } from 'bun:test'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import type { Item } from '../../model/change.ts'
import { type Filter, matches } from '../../model/filter.ts'
import { dimensions } from '../../model/resource-class.ts'
import { type Key, type Scope, splitScope } from '../../model/scope.ts'
import { entriesPerBlock } from '../../storage/class-moves.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import { runs } from '../property.ts'
import { drivenFrom, type PartitionDriver } from './partition-driver.ts'

const scopes = ['aws/1/eu-west-1/a', 'kubernetes/prod/-/Pod', 'push/%2Fx/-/x', 'push/-/-/y'] as const
const ids = ['a', 'b', 'ç', 'web/1', 'É']
const resource = fc.record({
  id: fc.constantFrom(...ids),
  type: fc.constantFrom('vm', 'Pod'),
  provider: fc.constantFrom('aws', 'push'),
  name: fc.constantFrom(undefined, 'web', 'Web', 'x\ny'),
  account: fc.constantFrom(undefined, null, '1', '2'),
  region: fc.constantFrom(undefined, 'eu', 'us'),
  namespace: fc.constantFrom(undefined, 'eu', 'kube'),
  configuration: fc.constantFrom(undefined, { n: 1 }, { arn: 'arn:aws:1' }),
  metadata: fc.constantFrom(undefined, { arn: 'ARN:x' }, { seen: 2 }),
  tags: fc.constantFrom<Record<string, unknown>>({}, { team: 'web' }, { team: 'data', n: 3 }),
})
const scope = fc.constantFrom(...scopes)
const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('observed' as const), scope, resource }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('gone' as const), scope, id: fc.constantFrom(...ids) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('scan' as const), scope, seen: fc.subarray(ids) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), scope, apply: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('reopen', 'upgrade', 'detour', 'unmarked') }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

const filter: fc.Arbitrary<Filter> = fc.record(
  {
    provider: fc.constantFrom('aws', 'push', 'gcp'),
    account: fc.constantFrom('1', '2', '/x', 'prod', '-'),
    location: fc.constantFrom('eu', 'us', 'kube', '-'),
    type: fc.constantFrom('vm', 'Pod'),
    scope,
    name: fc.constantFrom('web', 'x\ny'),
    q: fc.constantFrom('WEB', 'arn:', 'team=', 'é', 'a', 'nothing'),
    key_prefix: fc.constantFrom('push/', 'aws/1/eu-west-1/a/', 'push/-/-/y/web', 'k'),
    tags: fc.constantFrom({ team: 'web' }, { n: '3' }),
  },
  { requiredKeys: [] },
)

let scans = 0
function apply(driver: PartitionDriver, step: Step): void {
  switch (step.kind) {
    case 'observed':
      driver.apply(step.scope, [step])
      return
    case 'gone':
      driver.apply(step.scope, [step])
      return
    case 'scan': {
      const scan = `s${scans++}`
      const seen = step.seen.map((id) => ({ id, type: 'vm', provider: 'aws' }))
      driver.apply(step.scope, [
        { kind: 'scan.begin', scope: step.scope, scan },
        ...seen.map((each) => ({ kind: 'observed', scope: step.scope, scan, resource: each })),
        { kind: 'scan.end', scope: step.scope, scan, complete: true, count: seen.length },
      ])
      return
    }
    case 'release':
      driver.release(step.scope, step.apply)
      return
    case 'reopen':
      driver.reopen()
      return
    case 'upgrade':
      driver.reopen(() => driver.paths.forEach(asAnEarlierVainoLeavesIt))
      return
    case 'detour':
      driver.reopen(() => driver.paths.forEach(asAnEarlierVainoCountsIt))
      return
    case 'unmarked':
      driver.reopen(() => driver.paths.forEach(asOneWithoutMarksLeavesIt))
  }
}

/** Without the tables that it doesn't know, and with rows as it writes them. */
function asAnEarlierVainoLeavesIt(path: string): void {
  using db = new DatabaseSync(path)
  db.exec(
    'DROP TABLE classes; DROP TABLE scope_classes; DROP TABLE minutes; DROP TABLE labels; DROP TABLE label_marks; DROP TABLE class_moves; DROP TABLE former_labels; DROP INDEX resources_by_time',
  )
  db.exec(
    "DELETE FROM meta WHERE name IN ('counted_moves', 'moves_since', 'marked_labels'); UPDATE resources SET hashes = substr(hashes, 1, 16)",
  )
  db.exec('ALTER TABLE scopes DROP COLUMN last_change; ALTER TABLE scopes DROP COLUMN last_change_at')
}

/** One that keeps classes and not their moves has opened it, numbered the classes anew and written no change. */
function asAnEarlierVainoCountsIt(path: string): void {
  using db = new DatabaseSync(path)
  db.exec("UPDATE class_moves SET class = class + 1000; INSERT OR REPLACE INTO meta VALUES ('counted', '0')")
}

/** One that keeps labels and not their marks has gone on with it. */
function asOneWithoutMarksLeavesIt(path: string): void {
  using db = new DatabaseSync(path)
  db.exec("DELETE FROM label_marks; UPDATE meta SET value = value - 1 WHERE name = 'marked_labels'")
}

const all = (reader: StateReader, at: readonly number[]): Item[] =>
  [...reader.items(at, {})].filter((item) => item !== null)
const done = <T>(search: Generator<null, T>): T => {
  for (;;) {
    const next = search.next()
    if (next.done) return next.value
  }
}

const valuesOf = ({ scope, resource }: Item): Record<(typeof dimensions)[number], (string | null)[]> => {
  const places = new Set([resource.region, resource.namespace].filter((place) => place != null))
  return {
    provider: [resource.provider],
    account: [resource.account ?? splitScope(scope).account],
    type: [resource.type],
    scope: [scope],
    location: places.size === 0 ? [null] : [...places],
  }
}

function expectedFacets(items: readonly Item[]) {
  const counts = new Map(dimensions.map((dimension) => [dimension, new Map<string | null, number>()]))
  for (const item of items) {
    const values = valuesOf(item)
    for (const dimension of dimensions)
      for (const value of values[dimension]) {
        const of = counts.get(dimension)
        of?.set(value, (of.get(value) ?? 0) + 1)
      }
  }
  return counts
}

function expectCounts(reader: StateReader, filter: Filter, at: readonly number[] | null): void {
  const position = at ?? reader.head()
  const passing = all(reader, position).filter((item) => matches(filter, item.scope, item.resource))
  expect([...reader.items(position, filter)].filter((item) => item !== null)).toEqual(passing)
  const last = passing.at(Math.floor(passing.length / 2))
  if (last !== undefined) {
    const rest = [...reader.items(position, filter, last.key as Key)].filter((item) => item !== null)
    expect(rest).toEqual(passing.slice(passing.indexOf(last) + 1))
  }
  if (!reader.counts.isCountable(filter)) return
  const facets = done(reader.counts.facets(filter, dimensions, at === null ? null : [...at]))
  expect(facets.total).toBe(passing.length)
  expect(facets.position).toEqual([...position])
  expect(facets.values).toEqual(expectedFacets(passing))
}

function expectRecent(reader: StateReader, filter: Filter): void {
  const passing = all(reader, reader.head()).filter((item) => matches(filter, item.scope, item.resource))
  const recent = [...reader.recentlyChanged(filter)].filter((item) => item !== null)
  expect(recent.map(({ item }) => item.key).sort()).toEqual(passing.map(({ key }) => key).sort())
  const times = recent.map(({ item }) => item.changed_at)
  expect(times).toEqual([...times].sort().reverse())
  const middle = recent[Math.floor(recent.length / 2)]
  if (middle === undefined) return
  const rest = [...reader.recentlyChanged(filter, middle)].filter((item) => item !== null)
  expect(rest).toEqual(recent.slice(recent.indexOf(middle) + 1))
}

function expectActivity(reader: StateReader): void {
  const counted = new Map<string, number>()
  reader.head().forEach((head, partition) => {
    for (let after = 0; after < head; ) {
      const entries = reader.changes(partition, after, head, 100)
      for (const { op, recordedAtMs, toJson } of entries) {
        const provider = JSON.parse(toJson('' as never)).resource.provider
        const key = `${Math.floor(recordedAtMs / 60_000)} ${op} ${provider}`
        counted.set(key, (counted.get(key) ?? 0) + 1)
      }
      after += entries.length
    }
  })
  const activity = new Map<string, number>()
  for (const { minuteMs, op, provider, n } of reader.counts.activity(0, 1e15)) {
    const key = `${minuteMs / 60_000} ${op} ${provider}`
    activity.set(key, (activity.get(key) ?? 0) + n)
  }
  expect(activity).toEqual(counted)
}

function expectSummary(reader: StateReader): void {
  const { resources, scopes: conditions, held, lastChangeAtMs } = reader.counts.summary()
  const listed = reader.scopes()
  expect(resources).toBe(listed.reduce((sum, scope) => sum + scope.resources, 0))
  expect(held).toBe(listed.reduce((sum, scope) => sum + (scope.held?.deletes ?? 0), 0))
  for (const [name, n] of Object.entries(conditions))
    expect({ name, n }).toEqual({ name, n: listed.filter(({ status }) => status === name).length })
  const newest = listed
    .map(({ last_change_at }) => last_change_at ?? '')
    .sort()
    .at(-1)
  if (newest) expect(lastChangeAtMs).toBeGreaterThanOrEqual(Date.parse(newest))
}

test('I2: counts, facets, filtered and sorted lists say what a look at every resource says: now, as of a position, after a restart and an upgrade', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(step, fc.integer({ min: 0, max: 2 })), { maxLength: 25 }),
      fc.array(filter, { minLength: 1, maxLength: 4 }),
      fc.nat(),
      (steps, filters, pick) => {
        using driver = drivenFrom(Date.UTC(2026, 10, 23))
        const positions: (readonly number[])[] = []
        for (const [each, minutes] of steps) {
          driver.wait(minutes)
          apply(driver, each)
          positions.push(driver.reader.head())
        }
        const { reader } = driver
        const then = positions[pick % Math.max(1, positions.length)] ?? null
        for (const each of [{}, ...filters]) {
          expectCounts(reader, each, null)
          expectCounts(reader, each, then)
          expectRecent(reader, each)
        }
        expectActivity(reader)
        expectSummary(reader)
        for (const { scope, last_change_at, resources } of reader.scopes()) {
          const changed = all(reader, reader.head()).filter((item) => item.scope === (scope as Scope))
          expect(resources).toBe(changed.length)
          for (const { changed_at } of changed)
            expect(last_change_at !== null && last_change_at >= changed_at).toBe(true)
        }
      },
    ),
    runs(60),
  )
}, 120_000)

test('I2: counts and searches as of a position say what a look at every resource says, however many blocks of moves lie behind it', () => {
  const someIds = Array.from({ length: 120 }, (_, n) => `i-${n}`)
  const record = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...someIds), resource).map(([id, of]) => ({ ...of, id })) },
    { weight: 2, arbitrary: fc.constantFrom(...someIds) },
  )
  const batch = fc.tuple(scope, fc.array(record, { minLength: 300, maxLength: 500 }))
  fc.assert(
    fc.property(
      fc.array(batch, { minLength: 5, maxLength: 8 }),
      fc.array(filter, { minLength: 2, maxLength: 3 }),
      fc.nat(),
      fc.boolean(),
      (batches, filters, pick, isUpgraded) => {
        using driver = drivenFrom(Date.UTC(2026, 10, 23))
        batches.forEach(([of, records], index) => {
          if (isUpgraded && index === 2) driver.reopen(() => driver.paths.forEach(asAnEarlierVainoLeavesIt))
          const sent = records.map((each) =>
            typeof each === 'string'
              ? { kind: 'gone', scope: of, id: each }
              : { kind: 'observed', scope: of, resource: each },
          )
          driver.apply(of, sent)
        })
        const { reader } = driver
        const head = reader.head()
        expect(Math.max(...head)).toBeGreaterThan(entriesPerBlock)
        // On the edges of blocks, and anywhere between them.
        for (const back of [0, 1, entriesPerBlock, pick % Math.max(...head), Math.max(...head)])
          for (const each of [{}, { q: 'i-1' }, ...filters])
            expectCounts(
              reader,
              each,
              head.map((offset) => Math.max(0, offset - back)),
            )
      },
    ),
    runs(6),
  )
}, 120_000)
