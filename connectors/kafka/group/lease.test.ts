import { expect, test } from 'bun:test'
import { VainoError } from '../../../model/errors.ts'
import { beginLease } from './lease.ts'

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))

test('an owner that fails is called again until it succeeds, and is stopped when the lease ends', async () => {
  const failures: string[] = []
  const held = Promise.withResolvers<void>()
  let calls = 0
  const lease = beginLease(3, undefined, 60_000, {
    async own(partition, signal) {
      calls++
      if (calls < 3) throw new VainoError('broker_unreachable', `${partition} failed ${calls}`)
      held.resolve()
      await aborted(signal)
    },
    failed: (partition, error, retryInMs) => failures.push(`${partition}: ${error.message}, ${retryInMs}`),
  })
  await held.promise
  lease.end()
  await lease.done
  expect(failures).toEqual(['3: 3 failed 1, 100', '3: 3 failed 2, 200'])
})

test('an owner that was fenced waits until the group has rebalanced', async () => {
  const retryMs = Promise.withResolvers<number>()
  const lease = beginLease(0, undefined, 12_345, {
    own: () => Promise.reject(new VainoError('fenced', 'taken over')),
    failed: (_partition, _error, retryInMs) => retryMs.resolve(retryInMs),
  })
  expect(await retryMs.promise).toBe(12_345)
  lease.end()
  await lease.done
})

test('a partition that comes back waits until its former owner on this node has stopped', async () => {
  const order: string[] = []
  const letGo = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const first = beginLease(0, undefined, 1, {
    async own(_partition, signal) {
      begun.resolve()
      await aborted(signal)
      await letGo.promise
      order.push('first let go')
    },
    failed: () => undefined,
  })
  await begun.promise
  first.end()
  const owned = Promise.withResolvers<void>()
  const second = beginLease(0, first.done, 1, {
    async own() {
      order.push('second owns')
      owned.resolve()
    },
    failed: () => undefined,
  })
  letGo.resolve()
  await owned.promise
  second.end()
  await second.done
  expect(order).toEqual(['first let go', 'second owns'])
})
