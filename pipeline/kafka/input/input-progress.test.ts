import { expect, test } from 'bun:test'
import type { GroupPosition } from '../../../connectors/kafka/kafka.ts'
import { InputProgress, noteOf } from './input-progress.ts'

/** Two partitions whose group is where the test puts it. */
function open() {
  const heads = [0, 0]
  const committed: GroupPosition[] = heads.map(() => ({ nextOffset: null, note: '' }))
  const failures: unknown[] = []
  let anew = 0
  const ends = [10, 10]
  const asking: (() => void)[] = []
  let isAway = false
  const answer = async <T>(value: T): Promise<T> => {
    if (isAway) throw new Error('away')
    return value
  }
  const positions = {
    committed: () => {
      for (const resolve of asking.splice(0)) resolve()
      return answer([...committed])
    },
    ends: () => answer([...ends]),
    [Symbol.asyncDispose]: async () => undefined,
  }
  const progress = new InputProgress({
    positions,
    heads,
    failed: (error) => failures.push(error),
    recreated: () => anew++,
  })
  return {
    progress,
    heads,
    committed,
    failures,
    timesAnew: () => anew,
    /** The group was asked, twice: so what it said the first time is known. */
    asked: async () => {
      for (let times = 0; times < 2; times++) await new Promise<void>((resolve) => asking.push(resolve))
    },
    away: (now: boolean) => {
      isAway = now
    },
    [Symbol.asyncDispose]: () => progress[Symbol.asyncDispose](),
  }
}

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  const pending = Symbol('pending')
  return (await Promise.race([promise, new Promise((resolve) => setImmediate(() => resolve(pending)))])) !== pending
}

test('what another node has processed counts when this node has the changes that came of it', async () => {
  await using at = open()
  const waiting = at.progress.whenProcessed(new Map([[0, 5]]), 10_000)
  at.progress.processed(0, 5, 3)
  expect(await settled(waiting)).toBe(false)
  at.heads[0] = 3
  at.progress.moved()
  await waiting
})

test('all partitions that were sent to are waited for, and the group is asked for those of others', async () => {
  await using at = open()
  const targets = new Map([
    [0, 5],
    [1, 7],
  ])
  const waiting = at.progress.whenProcessed(targets, 10_000)
  at.progress.processed(0, 5, 0)
  expect(await settled(waiting)).toBe(false)
  at.heads[1] = 2
  at.committed[1] = { nextOffset: 7, note: noteOf(2) }
  await waiting
})

test('a request that waits too long fails with: the records are safe, and how far they are processed', async () => {
  await using at = open()
  at.progress.processed(1, 4, 0)
  await expect(at.progress.whenProcessed(new Map([[1, 7]]), 10)).rejects.toMatchObject({
    code: 'not_ready',
    details: { records_safe: true, partitions: [{ partition: 1, sent_to: 7, processed_to: 4 }] },
  })
})

test('brokers that are away for a while are reported once, and asked again', async () => {
  await using at = open()
  at.away(true)
  const waiting = at.progress.whenProcessed(new Map([[0, 1]]), 10_000)
  while (at.failures.length === 0) await new Promise((resolve) => setImmediate(resolve))
  at.committed[0] = { nextOffset: 1, note: 'set by an operator' }
  at.away(false)
  await waiting
  expect(at.failures).toHaveLength(1)
})

test('once the input topic is known to be another one, what was processed of the former one counts no more', async () => {
  await using at = open()
  at.progress.processed(0, 100, 3)
  at.progress.processed(1, 100, 3)
  at.heads.fill(3)
  const begunBefore = at.progress.generation
  const caught = at.progress.whenProcessed(new Map([[0, 101]]), 10_000)
  at.progress.recreated(0, 100)
  await expect(caught).rejects.toMatchObject({ code: 'not_ready', details: { records_safe: false } })
  const lateToWait = at.progress.whenProcessed(new Map([[1, 2]]), 10_000, begunBefore)
  await expect(lateToWait).rejects.toMatchObject({ details: { records_safe: false } })

  const waiting = at.progress.whenProcessed(new Map([[1, 5]]), 10_000)
  expect(await settled(waiting)).toBe(false)
  // Others notice it too, later.
  at.progress.recreated(1, 100)
  at.progress.recreated(0, 100)
  expect(await settled(waiting)).toBe(false)
  expect(at.timesAnew()).toBe(1)
  // A processor that still had input of the old topic reports it, here and to the group.
  at.progress.processed(1, 103, 3)
  at.committed[1] = { nextOffset: 103, note: noteOf(3) }
  await at.asked()
  expect(await settled(waiting)).toBe(false)
  at.committed[1] = { nextOffset: 5, note: noteOf(3) }
  await waiting
})
