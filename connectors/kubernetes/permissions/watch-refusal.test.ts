import { expect, test } from 'bun:test'
import { refusedAgain, type WatchRefused, watchRefusal } from './watch-refusal.ts'

const kind = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  isNamespaced: true,
  isWatchable: true,
}
const unknown = { rulesIn: async () => null }
const second = 1000

/** Refused at these seconds, each watch for as long before it as there is since the one before, but for a moment. */
function refusedAt(...seconds: readonly number[]): WatchRefused | null {
  let refused: WatchRefused | null = null
  for (const at of seconds) refused = refusedAgain(refused, at * second - 10, at * second)
  return refused
}

const isSaid = async (watchRefused: WatchRefused | null, nowSeconds: number): Promise<boolean> =>
  (await watchRefusal(unknown, { kind, namespace: null, watchRefused }, nowSeconds * second)) !== null

test('a watch that a starting server refuses is tried again, one that is refused for half a minute is not, for five', async () => {
  expect(await isSaid(null, 100)).toBe(false)
  expect(await isSaid(refusedAt(100), 101)).toBe(false)
  expect(await isSaid(refusedAt(100, 102, 110), 111)).toBe(false)
  expect(await isSaid(refusedAt(100, 115, 131), 132)).toBe(true)
  expect(await isSaid(refusedAt(100, 115, 131), 131 + 299)).toBe(true)
  expect(await isSaid(refusedAt(100, 115, 131), 131 + 301)).toBe(false)
})

test('a watch that was open in between was let in', async () => {
  const refused = refusedAgain(refusedAt(100), 101 * second, 140 * second)
  expect(await isSaid(refused, 141)).toBe(false)
})
