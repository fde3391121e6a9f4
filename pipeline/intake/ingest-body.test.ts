import { expect, test } from 'bun:test'
import { VainoError } from '../../model/errors.ts'
import { partitionOf } from '../../model/partition.ts'
import { parseScope } from '../../model/scope.ts'
import { ingestBody } from './ingest-body.ts'
import { Permits } from './permits.ts'
import type { Transport } from './transport.ts'

const partitions = 8
const permits = new Permits({ events: 1e6, bytes: 1e9 })
const full = () => new VainoError('storage_full', 'No space is left')

/** As that of a full disk: each parcel is taken, and refused when it is to be committed. */
const failing: Transport = {
  permits,
  send: async () => ({ settled: Promise.reject(full()) }),
  refuse: async () => ({ settled: Promise.reject(full()) }),
  mark: async () => ({ settled: Promise.reject(full()) }),
}

test('a request whose parcels all fail is refused once, and no failure is left that ends the process', async () => {
  const scopes = Array.from({ length: 40 }, (_, n) => parseScope(`push/-/-/things-${n}`))
  expect(new Set(scopes.map((scope) => partitionOf(scope, partitions))).size).toBe(partitions)
  async function* body() {
    for (const scope of scopes) yield Buffer.from(`{"kind":"observed","scope":"${scope}","resource":{}}\n`)
  }
  const unhandled: unknown[] = []
  const note = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', note)
  try {
    const settings = { partitions, recordBytes: 1_000, largeLine: (bytes: number) => permits.acquire(1, bytes) }
    await expect(ingestBody(failing, settings, body(), 'test', null)).rejects.toMatchObject({ code: 'storage_full' })
    // Rejections without a handler are reported when the microtasks are done.
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).toEqual([])
  } finally {
    process.off('unhandledRejection', note)
  }
})

/** Commits parcels in order, one a call of `commit`. */
function slowTransport() {
  const queue: { readonly bytes: number; readonly commit: () => void }[] = []
  const result = { seq: 0, records: 1, changes: 0, deadLetters: 0, released: 0 }
  const transport: Transport = {
    permits,
    send: async (_, { bytes }) => {
      const { promise: settled, resolve } = Promise.withResolvers<typeof result>()
      queue.push({ bytes: bytes.byteLength, commit: () => resolve(result) })
      return { settled }
    },
    refuse: () => Promise.reject(new Error('not expected')),
    mark: () => Promise.reject(new Error('not expected')),
  }
  return { transport, queue }
}

test('what comes after a large request in its partition waits for a part of it, whatever the permits would let in', async () => {
  const scope = parseScope('push/-/-/things')
  const line = Buffer.from(`{"kind":"observed","scope":"${scope}","resource":{"id":"${'x'.repeat(100_000)}"}}\n`)
  async function* body() {
    for (let n = 0; n < 90; n++) yield line
  }
  let nowMs = 0
  const { transport, queue } = slowTransport()
  const largeLine = (bytes: number) => permits.acquire(1, bytes)
  const settings = { partitions: 1, recordBytes: 1_000_000, largeLine, now: () => nowMs }
  const whole = ingestBody(transport, settings, body(), 'test', null)
  let most = 0
  let parcels = 0
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  for (await settle(); queue.length > 0; await settle()) {
    most = Math.max(
      most,
      queue.reduce((sum, { bytes }) => sum + bytes, 0),
    )
    // A slow machine: 4 MB a second.
    const next = queue.shift()
    nowMs += (next?.bytes ?? 0) / 4_000
    parcels++
    next?.commit()
  }
  await whole
  expect(parcels).toBeGreaterThan(8)
  expect(most).toBeLessThan(2.5 * 1024 * 1024)
})
