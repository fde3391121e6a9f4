import { expect, test } from 'bun:test'
import type { Scope } from '../../model/scope.ts'
import { DriftStore } from '../../storage/drift/drift-store.ts'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import { DriftLog } from './drift-log.ts'

test('what was open then is listed, and named as a place, only of states that its asker may see', async () => {
  await using folder = await temporaryFolder()
  using store = new DriftStore(folder.path, { logId: 'a'.repeat(16), partitions: 1 })
  const states = ['terraform/a-b/-/state', 'terraform/a/-/state', 'terraform/b/-/state', 'terraform/c/-/state']
  const all = states.flatMap((state) => Array.from({ length: 1000 }, (_, n) => `${state}/toy.${n}`))
  store.transaction(() => {
    for (const key of all) {
      const [state, address] = [key.slice(0, key.lastIndexOf('/')) as Scope, key.slice(key.lastIndexOf('/') + 1)]
      store.append({ atMs: 0, state, address, isOpen: true, entry: JSON.stringify({ drift: { state, address } }) }, 0)
    }
  })
  const log = new DriftLog(
    () => store,
    () => 0,
  )
  const openFor = (within?: readonly string[]) => {
    const places: string[] = []
    const found = [...log.openAt(log.head(), null, ({ state }) => places.push(state), within)]
    return { found: found.flatMap((item) => (item === null ? [] : [`${item.state}/${item.address}`])), places }
  }
  expect(openFor().found.toSorted()).toEqual(all.toSorted())
  for (const within of [['terraform/a/', 'terraform/c/-/state/'], ['terraform/b/'], ['terraform/']]) {
    const isSeen = (state: string) => within.some((prefix) => `${state}/`.startsWith(prefix))
    const { found, places } = openFor(within)
    expect(found.toSorted()).toEqual(all.filter((key) => isSeen(key.slice(0, key.lastIndexOf('/')))).toSorted())
    expect(places.every(isSeen)).toBe(true)
  }
})
