import { expect, test } from 'bun:test'
import { until } from '../../api/test-server.ts'
import type { Scope } from '../../model/scope.ts'
import type { Report, ReportOutcome } from '../source.ts'
import type { FeedMessage, FeedQueue } from './feed-queue.ts'
import { type FeedEvent, followFeed } from './follow-feed.ts'

const scope = 'test/a/-/thing' as Scope

/** Lets promises that wait for promises settle. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}
const message = (id: string, receipt = `receipt of ${id}`): FeedMessage => ({ body: id, receipt, sentAtMs: null })

/** A queue that a test fills, and a runner whose work a test ends. */
function feeding(times = { afterMs: 1_000_000, everyMs: 1_000_000 }) {
  const waiting: FeedMessage[][] = []
  const [removed, held, reports]: [string[], string[], Report[]] = [[], [], []]
  const work = new Map<string, PromiseWithResolvers<ReportOutcome>>()
  const outcomes: Record<string, number> = {}
  const stop = new AbortController()
  let asked = Promise.withResolvers<void>()
  let receives = 0
  const queue: FeedQueue = {
    mostAtOnce: 10,
    async receive(signal) {
      receives++
      while (waiting.length === 0) {
        asked = Promise.withResolvers()
        const aborted = Promise.withResolvers<void>()
        signal.addEventListener('abort', () => aborted.resolve(), { once: true })
        await Promise.race([asked.promise, aborted.promise])
        if (signal.aborted) return []
      }
      return waiting.shift() ?? []
    },
    remove: async (receipts) => void removed.push(...receipts),
    hold: async (receipts) => void held.push(...receipts),
    depth: async () => ({ messages: null, deadLetters: null }),
  }
  const following = followFeed<FeedEvent>(
    {
      queue,
      read: (id) => (id === 'rubbish' ? 'unusable' : { id, occurredAt: '2026-11-29T12:00:00Z' }),
      scopesOf: ({ id }) => (id === 'foreign' ? [] : [{ scope, ids: [id] }]),
    },
    {
      changed: (_scope, report) => {
        reports.push(report)
        const ended = Promise.withResolvers<ReportOutcome>()
        work.set(report.ids[0] ?? '', ended)
        return ended.promise
      },
      received: (outcome, count) => {
        outcomes[outcome] = (outcomes[outcome] ?? 0) + count
      },
      backlog: () => {},
    },
    stop.signal,
    times,
  )
  // A test looks at its failure later.
  following.catch(() => undefined)
  return {
    ...{ removed, held, reports, outcomes, queue },
    receives: () => receives,
    async send(...messages: FeedMessage[]) {
      waiting.push(messages)
      asked.resolve()
      await settle()
    },
    async end(id: string, outcome: ReportOutcome = 'done') {
      work.get(id)?.resolve(outcome)
      await settle()
    },
    async stop() {
      stop.abort()
      await following.catch((error: unknown) => expect(error).toBe(stop.signal.reason))
    },
    following,
  }
}

test('I1: a message is removed when all that came of it is committed, and what holds nothing at once', async () => {
  const feed = feeding()
  await feed.send(message('x'), message('rubbish'), message('foreign'))
  expect(feed.removed.sort()).toEqual(['receipt of foreign', 'receipt of rubbish'])
  await feed.end('x')
  expect(feed.removed).toContain('receipt of x')
  expect(feed.outcomes).toEqual({ taken: 1, not_watched: 1, unusable: 1 })
  await feed.stop()
})

test('I1: what was not done when the process ends was not removed', async () => {
  const feed = feeding()
  await feed.send(message('x'))
  await feed.stop()
  await feed.end('x')
  expect(feed.removed).toEqual([])
})

test('an event that comes twice is looked at once; while it is worked on its messages wait together', async () => {
  const feed = feeding()
  await feed.send(message('x', 'first'))
  await feed.send(message('x', 'second'))
  expect([feed.removed, feed.reports.length]).toEqual([[], 1])
  await feed.end('x')
  expect(feed.removed).toEqual(['first', 'second'])
  await feed.send(message('x', 'third'))
  expect([feed.removed, feed.reports.length]).toEqual([['first', 'second', 'third'], 1])
  expect(feed.outcomes).toEqual({ taken: 1, duplicate: 2 })
  await feed.stop()
})

test('a message that is worked on for long is held meanwhile', async () => {
  const feed = feeding({ afterMs: 10, everyMs: 20 })
  await feed.send(message('x'))
  await until('it is held twice', () => feed.held.length >= 2)
  expect(feed.held.slice(0, 2)).toEqual(['receipt of x', 'receipt of x'])
  await feed.end('x')
  const before = feed.held.filter((receipt) => receipt === 'receipt of x').length
  await feed.send(message('y'))
  await until('another one is held', () => feed.held.includes('receipt of y'))
  expect(feed.held.filter((receipt) => receipt === 'receipt of x').length).toBe(before)
  await feed.stop()
})

test('what another node must see to is neither removed nor remembered', async () => {
  const feed = feeding()
  await feed.send(message('x'))
  await feed.end('x', 'not_ours')
  await feed.send(message('x'))
  await feed.end('x')
  expect([feed.removed, feed.reports.length]).toEqual([['receipt of x'], 2])
  await feed.stop()
})

test('I10: with ten thousand messages under way no more are received until some are done', async () => {
  const feed = feeding()
  await feed.send(...Array.from({ length: 10_000 }, (_, n) => message(`n${n}`)))
  const before = feed.receives()
  await feed.send(message('more'))
  expect([feed.receives(), feed.reports.length]).toEqual([before, 10_000])
  await feed.end('n7')
  expect(feed.reports.length).toBe(10_001)
  await feed.stop()
})

test('a message that can’t be removed ends the feed with the reason', async () => {
  const feed = feeding()
  feed.queue.remove = async () => {
    throw new Error('the permission is missing')
  }
  await feed.send(message('rubbish'))
  await expect(feed.following).rejects.toThrow('the permission is missing')
})
