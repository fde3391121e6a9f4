import { expect, test } from 'bun:test'
import type { Scope } from '../../model/scope.ts'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
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
