import { expect, test } from 'bun:test'
import { VainoError } from '../../model/errors.ts'
import { type LogBatch, Subscription } from './subscription.ts'

const batch = (nextOffset: number, bytes: number, endOffset = 1000): LogBatch => ({
  topic: 't',
  partition: 0,
  records: [],
  unreadable: [],
  nextOffset,
  endOffset,
  isCaughtUp: nextOffset >= endOffset,
  bytes,
})

test('fetching stops at the high mark and begins again at half of it', async () => {
  const subscription = new Subscription('t', 0, 0, 100)
  subscription.offer(batch(1, 60))
  expect(subscription.isHungry).toBe(true)
  subscription.offer(batch(2, 60))
  expect(subscription.isHungry).toBe(false)
  await subscription.next()
  expect(subscription.isHungry).toBe(false)
  await subscription.next()
  expect(subscription.isHungry).toBe(true)
})

test('a partition that is being asked for is not asked for twice', () => {
  const subscription = new Subscription('t', 0, 0, 100)
  subscription.isAsked = true
  expect(subscription.isHungry).toBe(false)
})

test('an answer without news is passed on only when it tells that the end is reached, or no more', async () => {
  const subscription = new Subscription('t', 0, 5, 100)
  for (const { nextOffset, endOffset } of [
    { nextOffset: 5, endOffset: 5 },
    { nextOffset: 5, endOffset: 5 },
    { nextOffset: 5, endOffset: 6 },
    { nextOffset: 5, endOffset: 6 },
  ]) {
    subscription.offer(batch(nextOffset, 0, endOffset))
  }
  expect((await subscription.next())?.isCaughtUp).toBe(true)
  expect((await subscription.next())?.isCaughtUp).toBe(false)
  const third = subscription.next()
  subscription.close()
  expect(await third).toBeNull()
})

test('what came before a failure is taken first', async () => {
  const subscription = new Subscription('t', 0, 0, 100)
  subscription.offer(batch(1, 10))
  subscription.fail(new VainoError('log_truncated', 'gone'))
  expect((await subscription.next())?.nextOffset).toBe(1)
  await expect(subscription.next()).rejects.toThrow('gone')
  expect(subscription.isHungry).toBe(false)
})
