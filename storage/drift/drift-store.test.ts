import { expect, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import type { Scope } from '../../model/scope.ts'
import { runs } from '../../test/property.ts'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import { driftFilePath } from './drift-file.ts'
import type { DriftColumns } from './drift-rows.ts'
import { DriftStore } from './drift-store.ts'

const state = 'terraform/app/-/state' as Scope

/** One entry after another, each a second later than the one before it. */
function fill(store: DriftStore, entries: readonly [address: string, isOpen: boolean][]): void {
  store.transaction(() => {
    for (const [at, [address, isOpen]] of entries.entries())
      store.append({ atMs: at * 1000, state, address, isOpen, entry: JSON.stringify(`${address} ${at}`) }, 0)
  })
}

const openAt = (store: DriftStore, offset: number) =>
  store.newest(offset, '', '').flatMap(({ isOpen, entry }) => (isOpen ? [JSON.parse(entry) as string] : []))

test('I14: a log that is trimmed says of every offset that is kept what was open then, as the whole log does', async () => {
  await using folder = await temporaryFolder()
  using store = new DriftStore(folder.path, { logId: 'a'.repeat(16), partitions: 1 })
  fill(store, [
    ['a', true],
    ['b', true],
    ['a', true],
    ['b', false],
    ['c', true],
    ['a', false],
  ])
  const whole = [0, 1, 2, 3, 4, 5, 6].map((offset) => openAt(store, offset))
  expect(whole).toEqual([[], ['a 0'], ['a 0', 'b 1'], ['a 2', 'b 1'], ['a 2'], ['a 2', 'c 4'], ['c 4']])
  store.transaction(() => store.trimLog(3000, 100))
  expect([store.floor, store.floorMs, store.head]).toEqual([4, 3000, 6])
  expect([4, 5, 6].map((offset) => openAt(store, offset))).toEqual(whole.slice(4))
  expect(store.log(store.floor, store.head, 10).map(({ entry }) => entry)).toEqual(['"c 4"', '"a 5"'])
  store.transaction(() => store.trimLog(0, 1))
  expect([store.floor, openAt(store, 6)]).toEqual([5, whole[6] ?? []])
})

test('the time of an entry never goes back, and lies behind what was answered', async () => {
  await using folder = await temporaryFolder()
  using store = new DriftStore(folder.path, { logId: 'a'.repeat(16), partitions: 1 })
  fill(store, [
    ['a', true],
    ['b', true],
  ])
  store.transaction(() => store.append({ atMs: 10, state, address: 'c', isOpen: true, entry: '"c"' }, 5000))
  expect([999, 1000, 5000, 5001].map((ms) => store.offsetAt(ms))).toEqual([1, 2, 2, 3])
})

const maybe = (...values: string[]) => fc.constantFrom(null, ...values)
const pairs = [1, 2] as const
const addresses = ['a', 'b', 'c', 'd'] as const
const address = fc.constantFrom(...addresses)
const pair = fc.constantFrom(...pairs)
const change = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    ...{ pair, address, status: fc.constantFrom('in_sync', 'changed', 'unknown', 'part') },
    ...{ reason: maybe('stale'), provider: fc.constantFrom('aws', 'gcp'), type: fc.constantFrom('vm', 'net') },
    ...{ account: maybe('1', '2'), region: maybe('eu'), namespace: maybe('eu', 'shop') },
  }),
  fc.record({ kind: fc.constant('remove' as const), pair, address }),
  fc.record({ kind: fc.constant('problem' as const), pair, address, isMissing: fc.boolean() }),
)
const rest = {
  ...{ header: '{}', isGone: false, digest: null, baseline: null, item: null, logged: null },
  ...{ openedAtMs: null, madeBy: null, heldUntilMs: null, holder: null },
}
const columns = fc.record(
  {
    provider: fc.constantFrom('aws', 'gcp'),
    account: fc.constantFrom('1', '-'),
    type: fc.constantFrom('vm'),
    location: fc.constantFrom('eu', 'shop', '-'),
  },
  { requiredKeys: [] },
)

/** Counts by a look at each instance. */
function countEach(store: DriftStore, of: DriftColumns): Map<string, number> {
  const counts = new Map<string, number>()
  for (const pair of pairs)
    for (const one of store.listed(pair, '', true)) {
      const places = [one.region, one.namespace].filter((place) => place !== null)
      const passes =
        (of.provider ?? one.provider) === one.provider &&
        (of.type ?? one.type) === one.type &&
        (of.account ?? one.account ?? '-') === (one.account ?? '-') &&
        (of.location === undefined || (places.length === 0 ? of.location === '-' : places.includes(of.location)))
      if (!passes) continue
      const group = JSON.stringify([pair, one.status, one.reason, one.problem !== null])
      counts.set(group, (counts.get(group) ?? 0) + 1)
    }
  return counts
}

test('kept counts say what a look at every instance says, whatever came, went or was not read, and in a file without counts too', async () => {
  await using folder = await temporaryFolder()
  let files = 0
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), fc.array(columns, { maxLength: 3 }), (changes, filters) => {
      const data = path.join(folder.path, `${files++}`)
      mkdirSync(data)
      const identity = { logId: 'a'.repeat(16), partitions: 1 }
      {
        using store = new DriftStore(data, identity)
        store.transaction(() => {
          for (const each of changes) {
            if (each.kind === 'put') store.put({ ...rest, ...each })
            else if (each.kind === 'remove') store.remove(each.pair, each.address)
            else store.setProblem(each.pair, each.address, each.isMissing ? null : why)
          }
        })
        expectCounts(store, filters)
      }
      {
        // As an earlier vaino has made it.
        using db = new DatabaseSync(driftFilePath(data))
        db.exec("DELETE FROM instance_counts; DELETE FROM meta WHERE name = 'instances_counted'")
      }
      using again = new DriftStore(data, identity)
      expectCounts(again, filters)
    }),
    runs(30),
  )
})

const why = { reason: 'denied', message: 'AccessDenied', hint: null }

function expectCounts(store: DriftStore, filters: readonly DriftColumns[]): void {
  for (const of of [{}, ...filters]) {
    const kept = store.counts(of).filter(({ count, status }) => count > 0 && status !== 'part')
    const counts = kept.map((one) => [JSON.stringify([one.pair, one.status, one.reason, one.isProblem]), one.count])
    expect(new Map(counts as [string, number][])).toEqual(countEach(store, of))
  }
  for (const pair of pairs)
    expect(store.listed(pair, 'a', false)).toEqual(
      store.listed(pair, 'a', true).filter(({ status, problem }) => status !== 'in_sync' || problem !== null),
    )
}
