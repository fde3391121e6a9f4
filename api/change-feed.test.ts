import { expect, test } from 'bun:test'
import type { StateReader } from '../storage/state-reader.ts'
import { ChangeFeed } from './change-feed.ts'
import { changeStream } from './change-stream.ts'
import { Follower } from './follower.ts'
import { observed, startTestServer, type TestServer, until } from './test-server.ts'
import { type Wanted, wantedChanges } from './wanted.ts'

const noRule = () => null
const everything: Wanted = { passes: null, suppressed: 'left_out' }

/** A feed over a real engine that counts how often the change log is read. */
function countedFeed(server: TestServer, maxBytes: number) {
  let reads = 0
  const reader: StateReader = {
    ...server.engine.reader,
    changes(...range) {
      reads++
      return server.engine.reader.changes(...range)
    },
  }
  const feed = new ChangeFeed({ reader, onCommit: server.engine.onCommit }, maxBytes, noRule)
  return {
    feed,
    follow: (type?: string) =>
      new Follower(
        reader,
        feed,
        reader.head(),
        { passes: wantedChanges(type === undefined ? {} : { type }, {}), suppressed: 'left_out' },
        noRule,
      ),
    get reads() {
      return reads
    },
  }
}

/** Everything that a follower can take now. */
function drain(follower: Follower): string[] {
  const ids: string[] = []
  for (let step = follower.take(); step !== null; step = follower.take())
    for (const { change } of step.followed) ids.push(`${change.partition}-${change.offset}`)
  return ids
}
const some = (count: number, n: number) => Array.from({ length: count }, (_, i) => observed(`r${i}`, { n }))

test('a hundred followers at the end of the log read it once', async () => {
  await using server = await startTestServer({ engine: { partitions: 1 } })
  const counted = countedFeed(server, 1e6)
  using _feed = counted.feed
  const followers = Array.from({ length: 100 }, (_, n) => counted.follow(n % 2 ? 'vm' : undefined))
  for (let round = 1; round <= 5; round++) {
    await server.ingest(...some(3, round))
    for (const follower of followers) expect(drain(follower)).toHaveLength(3)
    expect(counted.reads).toBe(round)
  }
})

test('I10: the feed keeps no more than its bound, and who falls behind reads on for itself', async () => {
  await using server = await startTestServer({ engine: { partitions: 1 } })
  const counted = countedFeed(server, 20_000)
  using _feed = counted.feed
  const [fast, slow] = [counted.follow(), counted.follow()]
  const seen: string[] = []
  for (let round = 1; round <= 20; round++) {
    await server.ingest(...some(10, round))
    seen.push(...drain(fast))
  }
  expect(seen).toHaveLength(200)
  const before = counted.reads
  expect(drain(slow)).toEqual(seen)
  expect(counted.reads).toBeGreaterThan(before)
  expect(slow.cursor).toBe(fast.cursor)
  await server.ingest(...some(1, 99))
  expect(drain(slow)).toEqual(drain(fast))
})

test('I8: a follower that retention overtakes ends with its last cursor, and does not skip', async () => {
  await using server = await startTestServer({ engine: { partitions: 1, retention: { ageMs: 0, bytes: 1e9 } } })
  const { reader } = server.engine
  const feed = new ChangeFeed(server.engine, 1e6, noRule)
  using _feed = feed
  const cursor = await server.ingest(observed('a', { n: 0 }))
  const follower = new Follower(reader, feed, reader.head(), everything, noRule)
  const stream = changeStream({ feed, follower, heartbeatMs: 1000, limit: null, documents: true })
  const text = async () => new TextDecoder().decode((await stream.next()) ?? new Uint8Array())
  expect(await text()).toContain('retry:')
  for (let n = 1; n <= 4; n++) await server.ingest(observed('a', { n }))
  await until('retention has dropped what comes next', () => (reader.floor()[0] ?? 0) >= 4, 60_000)
  const last = await text()
  expect(last).toContain(`id: ${cursor}\n`)
  expect(last).toContain('"closing":"cursor_expired"')
  expect(await stream.next()).toBeNull()
  // Whoever begins at the end is served all the same.
  const fresh = new Follower(reader, feed, reader.head(), everything, noRule)
  await server.ingest(observed('b'))
  expect(drain(fresh)).toHaveLength(1)
}, 90_000)

test('a follower joins the feed at any cursor, before and after others have moved it', async () => {
  await using server = await startTestServer({ engine: { partitions: 4 } })
  const { reader } = server.engine
  const feed = new ChangeFeed(server.engine, 50_000, noRule)
  using _feed = feed
  const scopes = Array.from({ length: 8 }, (_, n) => `aws/${n}/-/vm`)
  const places = [reader.head()]
  const followers: Follower[] = []
  for (let round = 1; round <= 12; round++) {
    await server.ingest(...scopes.map((scope) => observed('a', { round }, scope)))
    places.push(reader.head())
    followers.push(new Follower(reader, feed, places[round % places.length] ?? [], everything, noRule))
    // Only some move on, so that the others join a feed that lags behind, and one that has gone ahead.
    for (const follower of followers.filter((_, n) => (n + round) % 3 === 0)) drain(follower)
  }
  const all = new Follower(reader, feed, places[0] ?? [], everything, noRule)
  expect(drain(all)).toHaveLength(12 * scopes.length)
  for (const follower of followers) {
    drain(follower)
    expect(follower.cursor).toBe(all.cursor)
  }
})
