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
    const settings = { partitions, recordBytes: 1_000, largeLines: permits }
    await expect(ingestBody(failing, settings, body(), 'test', null)).rejects.toMatchObject({ code: 'storage_full' })
    // Rejections without a handler are reported when the microtasks are done.
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).toEqual([])
  } finally {
    process.off('unhandledRejection', note)
  }
})
