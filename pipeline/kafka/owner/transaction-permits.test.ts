import { expect, test } from 'bun:test'
import { TransactionPermits } from './transaction-permits.ts'

const never = new AbortController().signal
/** Everything that can happen by now has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Pieces of partitions that are under way until they are ended. */
function pieces(permits: TransactionPermits) {
  const running = new Map<string, () => void>()
  const begun: Promise<void>[] = []
  const begin = (name: string, partition: number, isAlone = false) => {
    const done = Promise.withResolvers<void>()
    const work = () => {
      running.set(name, done.resolve)
      return done.promise
    }
    begun.push(permits.during(partition, never, work, isAlone).then(() => void running.delete(name)))
  }
  const end = async (name: string) => {
    running.get(name)?.()
    await settled()
  }
  return { begin, end, running: () => [...running.keys()], all: () => Promise.all(begun) }
}

test('I10: short of memory, each worker has two pieces under way, however much the others are asked for', async () => {
  const permits = new TransactionPermits({ workers: 2, bytes: 1000, pieceBytes: 10, pieces: 8 })
  const { begin, end, running } = pieces(permits)
  permits.pause(true)
  for (const partition of [0, 2, 4, 6]) begin(`even ${partition}`, partition)
  begin('odd 1', 1)
  await settled()
  expect(running()).toEqual(['even 0', 'even 2', 'odd 1'])
  await end('even 0')
  expect(running()).toEqual(['even 2', 'odd 1', 'even 4'])
  permits.pause(false)
  await settled()
  expect(running()).toEqual(['even 2', 'odd 1', 'even 4', 'even 6'])
})

test('I10: what all workers have under way stays within its bytes', async () => {
  const permits = new TransactionPermits({ workers: 2, bytes: 60, pieceBytes: 10, pieces: 8 })
  const { begin, running } = pieces(permits)
  for (let partition = 0; partition < 10; partition++) begin(`${partition}`, partition)
  await settled()
  expect(running()).toEqual(['0', '1', '2', '3', '4', '5'])
})

test('what is to be alone begins when nothing else is under way, and holds up everything until it has ended', async () => {
  const permits = new TransactionPermits({ workers: 2, bytes: 1000, pieceBytes: 10, pieces: 8 })
  const { begin, end, running, all } = pieces(permits)
  begin('before', 1)
  begin('alone', 0, true)
  begin('also alone', 1, true)
  begin('after', 0)
  await settled()
  expect(running()).toEqual(['before'])
  await end('before')
  expect(running()).toEqual(['alone'])
  await end('alone')
  expect(running()).toHaveLength(1)
  await end('also alone')
  await end('after')
  await end('also alone')
  await all()
})
