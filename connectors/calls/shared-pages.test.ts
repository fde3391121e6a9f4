import { expect, test } from 'bun:test'
import type { JsonObject } from '../../model/json.ts'
import { type Fetch, SharedPages } from './shared-pages.ts'

const takers = ['role', 'user', 'group']

/** A listing that counts how often it is fetched. `before` is awaited before each page. */
function listing(pages: readonly JsonObject[], before: () => Promise<void> = async () => undefined) {
  const counts = { asked: 0, stopped: 0 }
  const fetch: Fetch<JsonObject> = async function* (signal) {
    counts.asked++
    signal.addEventListener('abort', () => counts.stopped++)
    for (const page of pages) {
      await before()
      signal.throwIfAborted()
      yield page
    }
  }
  return { counts, fetch }
}

async function readAll(
  shared: SharedPages<JsonObject>,
  taker: string,
  fetch: Fetch<JsonObject>,
  signal = new AbortController().signal,
) {
  const pages: JsonObject[] = []
  for await (const page of shared.read('key', taker, takers, fetch, signal)) pages.push(page)
  return pages
}

const pages = [{ a: 1 }, { a: 2 }]

test('types that ask together and after each other get one listing, each of them once', async () => {
  const shared = new SharedPages<JsonObject>()
  const { counts, fetch } = listing(pages)
  expect(await Promise.all([readAll(shared, 'role', fetch), readAll(shared, 'user', fetch)])).toEqual([pages, pages])
  expect(await readAll(shared, 'group', fetch)).toEqual(pages)
  expect(counts.asked).toBe(1)
  await readAll(shared, 'role', fetch)
  expect(counts.asked).toBe(2)
})

test('a type that asks again before the others gets a listing of its own time', async () => {
  const shared = new SharedPages<JsonObject>()
  const { counts, fetch } = listing(pages)
  await readAll(shared, 'role', fetch)
  await readAll(shared, 'role', fetch)
  expect(counts.asked).toBe(2)
})

test('what was listed before it is cleared is taken by nobody', async () => {
  const shared = new SharedPages<JsonObject>()
  const { counts, fetch } = listing(pages)
  await readAll(shared, 'role', fetch)
  shared.clear()
  await readAll(shared, 'user', fetch)
  expect(counts.asked).toBe(2)
})

test('a listing that fails fails for all who wait, and is asked for anew by who comes later', async () => {
  const shared = new SharedPages<JsonObject>()
  let fails = true
  const { counts, fetch } = listing(pages, async () => {
    if (fails) throw new Error('denied')
  })
  const both = await Promise.allSettled([readAll(shared, 'role', fetch), readAll(shared, 'user', fetch)])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  fails = false
  expect(await readAll(shared, 'group', fetch)).toEqual(pages)
  expect(counts.asked).toBe(2)
})

test('who goes away takes nothing from those who wait; when nobody waits any more the listing ends', async () => {
  const shared = new SharedPages<JsonObject>()
  const gate = Promise.withResolvers<void>()
  const { counts, fetch } = listing(pages, () => gate.promise)
  const stop = [new AbortController(), new AbortController()]
  const reading = stop.map(({ signal }, at) => readAll(shared, takers[at] ?? '', fetch, signal))
  stop[0]?.abort(new Error('stopped'))
  await expect(reading[0]).rejects.toThrow('stopped')
  expect(counts.stopped).toBe(0)
  stop[1]?.abort(new Error('stopped'))
  await expect(reading[1]).rejects.toThrow('stopped')
  expect(counts).toEqual({ asked: 1, stopped: 1 })
  gate.resolve()
})

test('I10: a listing too large to be held is read by each type for itself, all of it', async () => {
  const shared = new SharedPages<JsonObject>()
  const large = Array.from({ length: 10 }, (_, a) => ({ a, text: 'x'.repeat(2 ** 20) }))
  const { counts, fetch } = listing(large)
  expect(await readAll(shared, 'role', fetch)).toHaveLength(10)
  expect(counts.asked).toBe(2)
  expect(await readAll(shared, 'user', fetch)).toHaveLength(10)
  expect(counts.asked).toBe(3)
})
