import { expect, test } from 'bun:test'
import { sealBatch } from '../../../connectors/kafka/wire/packed-batch.ts'
import { decodeRecords } from '../../../connectors/kafka/wire/record-batch.ts'
import { Outbox, type OutputRecord } from './outbox.ts'

const identity = { producerId: 1, epoch: 0, firstSequence: 0, isTransactional: true }
const record = (to: OutputRecord['to'], key: string): OutputRecord => ({
  ...{ to, key, value: 'x'.repeat(100), headers: {}, timestampMs: 1000 },
})

/** The keys published to each topic, batch by batch. */
const published = (outbox: Outbox) =>
  outbox.take().map(({ to, batch }) => {
    const [piece] = decodeRecords({ bytes: sealBatch(batch, identity), from: 0, aborted: [] })
    return [to, piece?.records.map(({ key }) => String(key && Buffer.from(key)))]
  })

test('each topic gets its records in their order, in batches under the limit', () => {
  const outbox = new Outbox(300)
  for (const key of ['a', 'b', 'c']) {
    outbox.add(record('state', key))
    outbox.add(record('changes', key))
  }
  const all = published(outbox)
  expect(all.filter(([to]) => to === 'changes')).toEqual([
    ['changes', ['a', 'b']],
    ['changes', ['c']],
  ])
  expect(all.filter(([to]) => to === 'state')).toEqual([
    ['state', ['a', 'b']],
    ['state', ['c']],
  ])
  expect(published(outbox)).toEqual([])
})

test('I2: no other transaction publishes what a failed one has left', () => {
  const outbox = new Outbox(300)
  for (const key of ['a', 'b', 'c']) outbox.add(record('changes', key))
  outbox.clear()
  outbox.add(record('changes', 'd'))
  expect(published(outbox)).toEqual([['changes', ['d']]])
})
