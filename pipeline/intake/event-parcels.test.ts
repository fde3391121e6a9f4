import { expect, test } from 'bun:test'
import { formatScope } from '../../model/scope.ts'
import { EventParcels } from './event-parcels.ts'
import { ParcelWriter } from './parcel-writer.ts'
import { Permits } from './permits.ts'
import type { Transport } from './transport.ts'

const scope = formatScope({ provider: 'test', account: 'a', location: null, collection: 'thing' })
const result = { seq: 0, records: 1, changes: 0, deadLetters: 0, released: 0 }
const thing = (id: number) => ({ id: `${id}`, type: 'thing', provider: 'test', configuration: {} })

/** A partition whose commits the test makes; of each parcel the ids that it has. */
function events(batchRecords = 4, restMs = 0, restAfter = (_records: number) => restMs) {
  const parcels: string[][] = []
  const open: { readonly commit: () => void; readonly fail: (error: Error) => void }[] = []
  const transport: Transport = {
    permits: new Permits({ events: 1, bytes: 1 }),
    send: async (_partition, { bytes }) => {
      const lines = Buffer.from(bytes).toString().trimEnd().split('\n')
      parcels.push(lines.map((line) => JSON.parse(line)).map(({ resource, id }) => resource?.id ?? `-${id}`))
      const { promise: settled, resolve, reject } = Promise.withResolvers<typeof result>()
      open.push({ commit: () => resolve(result), fail: reject })
      return { settled }
    },
    refuse: () => Promise.reject(new Error('not expected')),
    mark: () => Promise.reject(new Error('not expected')),
  }
  const settings = { partitions: 1, batchRecords, batchBytes: 1_000_000 }
  const writer = new EventParcels(
    new ParcelWriter(transport, settings, scope, 'test', new AbortController().signal),
    scope,
    restAfter,
  )
  return { writer, parcels, open, settle: () => settleOne(open) }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Commits the parcel under way, and lets the writer go on. */
async function settleOne(open: { readonly commit: () => void }[]): Promise<void> {
  await turn()
  open.shift()?.commit()
  await turn()
  await turn()
}

test('an event goes out at once, and those that come until it is committed go together, in their order', async () => {
  const { writer, parcels, settle } = events()
  await writer.observe(thing(1))
  await turn()
  expect(parcels).toEqual([['1']])
  await writer.observe(thing(2))
  await writer.gone('2')
  await writer.observe(thing(3))
  await turn()
  expect(parcels).toHaveLength(1)
  await settle()
  expect(parcels).toEqual([['1'], ['2', '-2', '3']])
  await settle()
  await writer.settled()
})

test('I10: who writes while a parcel is under way and another one is full waits for room', async () => {
  const { writer, parcels, settle } = events(2)
  let written = 0
  const all = (async () => {
    for (let n = 0; n < 7; n++) {
      await writer.observe(thing(n))
      written++
    }
  })()
  await turn()
  await turn()
  // Two under way, two that gather.
  expect([parcels.flat().length, written]).toEqual([2, 4])
  for (let n = 0; n < 4; n++) await settle()
  await all
  await writer.settled()
  expect(parcels.flat()).toEqual(['0', '1', '2', '3', '4', '5', '6'])
})

test('a checkpoint is made when everything before it is committed, and what was handed on after it does not hold it up', async () => {
  const { writer, settle } = events()
  const made: string[] = []
  writer.whenCommitted(() => made.push('nothing'))
  await writer.observe(thing(1))
  writer.whenCommitted(() => made.push('1'))
  await turn()
  await writer.observe(thing(2))
  writer.whenCommitted(() => made.push('2'))
  expect(made).toEqual(['nothing'])
  await settle()
  expect(made).toEqual(['nothing', '1'])
  await settle()
  expect(made).toEqual(['nothing', '1', '2'])
})

test('I1: after a parcel that fails nothing is written, and no checkpoint is made', async () => {
  const { writer, parcels, open } = events()
  const made: string[] = []
  await writer.observe(thing(1))
  writer.whenCommitted(() => made.push('1'))
  await turn()
  await writer.observe(thing(2))
  writer.whenCommitted(() => made.push('2'))
  open[0]?.fail(new Error('the disk is full'))
  await expect(writer.settled()).rejects.toThrow('the disk is full')
  await expect(writer.observe(thing(3))).rejects.toThrow('the disk is full')
  writer.whenCommitted(() => made.push('3'))
  expect([parcels, made]).toEqual([[['1']], []])
})

test('a parcel rests after the one before it, unless it is full or waited for', async () => {
  const { writer, parcels, open } = events(2, 60_000)
  const commit = async (): Promise<void> => settleOne(open)
  await writer.observe(thing(1))
  await commit()
  await writer.observe(thing(2))
  await turn()
  expect(parcels).toEqual([['1']])
  await writer.observe(thing(3))
  await commit()
  expect(parcels).toEqual([['1'], ['2', '3']])
  await writer.observe(thing(4))
  const settled = writer.settled()
  await commit()
  await settled
  expect(parcels).toEqual([['1'], ['2', '3'], ['4']])
})

test('the rest follows what the parcel before it held', async () => {
  const held: number[] = []
  const { writer, settle } = events(100, 0, (records) => {
    held.push(records)
    return 0
  })
  await writer.observe(thing(1))
  await turn()
  await writer.observe(thing(2))
  await writer.observe(thing(3))
  await settle()
  await settle()
  await writer.settled()
  expect(held).toEqual([0, 1, 2])
})
