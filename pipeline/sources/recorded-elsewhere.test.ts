import { expect, test } from 'bun:test'
import type { Json } from '../../model/resource.ts'
import { a, anna, bob, feeding, opened } from '../../test/sources/fed-source.ts'

/** A log that another node writes: what is read says of nothing whether it was new. */
async function shared() {
  let newest: { offset: number | null; actor: Json } = { offset: null, actor: null }
  const { asked, source, feed } = feeding(() => 'there')
  const at = await opened(source, feed, [0], () => {
    const { offset, actor } = newest
    return { offset, isBy: (maker) => maker === null || maker === actor }
  })
  const record = (offset: number, actor: Json = 'anna'): void => {
    newest = { offset, actor }
  }
  return { ...at, asked, record }
}

test('with Kafka an event is done when its change is in the log, after one reading', async () => {
  const at = await shared()
  at.record(7)
  at.tell({ by: anna })
  await at.clock.advance(300)
  expect([at.asked.length, at.outcomes]).toEqual([1, []])
  at.record(8)
  await at.clock.advance(1_000)
  expect(at.outcomes).toEqual(['done'])
  await at.clock.advance(100_000)
  expect([at.asked.length, at.sink.attributed]).toEqual([1, []])
  await at.stop()
})

test('with Kafka a change that somebody else made is not taken for the one of an event', async () => {
  const at = await shared()
  at.tell({ by: anna })
  await at.clock.advance(300)
  at.record(8, 'bob')
  await at.clock.advance(3_000)
  expect([at.asked.length, at.outcomes]).toEqual([2, []])
  at.record(9, 'anna')
  await at.clock.advance(5_000)
  expect([at.asked.length, at.outcomes]).toEqual([2, ['done']])
  await at.stop()
})

test('with Kafka what is never in the log is read four times, and its maker is written after a minute', async () => {
  const at = await shared()
  at.tell({ by: anna })
  await at.clock.advance(59_000)
  expect(at.outcomes).toEqual([])
  await at.clock.advance(2_000)
  expect([at.asked.length, at.outcomes]).toEqual([4, ['done']])
  expect(at.sink.attributed).toEqual([{ scope: a, id: 'x', by: anna }])
  await at.stop()
})

test('with Kafka an event that comes while the reading of another one is awaited has a reading of its own', async () => {
  const at = await shared()
  at.tell({ by: anna })
  await at.clock.advance(300)
  at.tell({ by: bob })
  at.record(8, 'anna')
  await at.clock.advance(1_000)
  expect([at.asked.length, at.outcomes]).toEqual([2, ['done']])
  at.record(9, 'bob')
  await at.clock.advance(3_000)
  expect([at.asked.length, at.outcomes]).toEqual([2, ['done', 'done']])
  await at.stop()
})
