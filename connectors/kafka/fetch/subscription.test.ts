import { expect, test } from 'bun:test'
import { VainoError } from '../../../model/errors.ts'
import { batchBytes } from '../../../test/kafka/batch-bytes.ts'
import { Subscription } from './subscription.ts'

/** A fetch that brought one record with a value of this size; null: no record. */
const fetched = (
  offset: number,
  valueBytes: number | null,
  lastStableOffset = 1000,
  highWatermark = lastStableOffset,
) => ({
  lastStableOffset,
  highWatermark,
  aborted: [],
  bytes:
    valueBytes === null
      ? Buffer.alloc(0)
      : batchBytes({ baseOffset: offset, records: [{ delta: 0, key: null, value: Buffer.alloc(valueBytes) }] }),
})

test('fetching stops at the high watermark and resumes at half of it', async () => {
  const subscription = new Subscription('t', 0, 0, 1000)
  subscription.offer(fetched(0, 600), 0)
  expect(subscription.wantsData).toBe(true)
  subscription.offer(fetched(1, 600), 0)
  expect(subscription.wantsData).toBe(false)
  await subscription.next()
  expect(subscription.wantsData).toBe(false)
  await subscription.next()
  expect(subscription.wantsData).toBe(true)
})

test('a partition with a fetch in flight is not fetched again', () => {
  const subscription = new Subscription('t', 0, 0, 1000)
  subscription.isAsked = true
  expect(subscription.wantsData).toBe(false)
})

test('an empty answer is passed on only when the read becomes caught up, or is no longer', async () => {
  const subscription = new Subscription('t', 0, 5, 1000)
  for (const endOffset of [5, 5, 6, 6]) {
    subscription.offer(fetched(5, null, endOffset), 0)
  }
  expect((await subscription.next())?.endOffset).toBe(5)
  expect((await subscription.next())?.endOffset).toBe(6)
  const third = subscription.next()
  subscription.close()
  expect(await third).toBeNull()
})

test('chunks before a failure are taken first', async () => {
  const subscription = new Subscription('t', 0, 0, 1000)
  subscription.offer(fetched(0, 10), 0)
  subscription.fail(new VainoError('log_truncated', 'gone'))
  expect((await subscription.next())?.from).toBe(0)
  await expect(subscription.next()).rejects.toThrow('gone')
  expect(subscription.wantsData).toBe(false)
})

test('the end is reported while the reader waits there, unless a transaction is open', async () => {
  const ends: number[] = []
  const subscription = new Subscription('t', 0, 5, 1000, (agoMs) => ends.push(agoMs))
  subscription.offer(fetched(5, null, 5), 1)
  // The reader has not taken what came before.
  subscription.offer(fetched(5, null, 5), 2)
  await subscription.next()
  subscription.offer(fetched(5, null, 5), 3)
  const waiting = subscription.next()
  subscription.offer(fetched(5, null, 5), 4)
  subscription.offer(fetched(5, null, 5, 6), 5)
  subscription.offer(fetched(5, null, 5), 6)
  subscription.close()
  await waiting
  expect(ends).toEqual([4, 6])
})
