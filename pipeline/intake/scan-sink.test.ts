import { expect, test } from 'bun:test'
import { formatScope } from '../../model/scope.ts'
import { createTelemetry } from '../telemetry/telemetry.ts'
import { Permits } from './permits.ts'
import { createScanSink } from './scan-sink.ts'
import type { Transport } from './transport.ts'

const scope = formatScope({ provider: 'test', account: 'a', location: null, collection: 'thing' })
const batchBytes = 64 * 1024
const document = 'x'.repeat(2 * batchBytes)
const result = { seq: 0, records: 1, changes: 0, deadLetters: 0, released: 0 }

/** A partition that commits parcels in order, each as its time is over, without a limit on what is sent to it. */
class SlowPartition {
  nowMs = 0
  readonly #queue: { readonly bytes: number; readonly commit: (error?: Error) => void }[] = []
  readonly #bytesPerMs: number

  constructor(bytesPerMs: number) {
    this.#bytesPerMs = bytesPerMs
  }

  get openBytes(): number {
    return this.#queue.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  readonly transport: Transport = {
    permits: new Permits({ events: 1, bytes: 1 }),
    send: async (_partition, { bytes }) => {
      const { promise: settled, resolve, reject } = Promise.withResolvers<typeof result>()
      const commit = (error?: Error): void => (error === undefined ? resolve(result) : reject(error))
      this.#queue.push({ bytes: bytes.byteLength, commit })
      return { settled }
    },
    refuse: () => Promise.reject(new Error('not expected')),
    mark: () => Promise.reject(new Error('not expected')),
  }

  /** Lets the writer go on as far as it may, then commits the next parcel. @returns false where nothing is queued */
  async step(error?: Error): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve))
    const next = this.#queue.shift()
    if (next === undefined) return false
    this.nowMs += next.bytes / this.#bytesPerMs
    next.commit(error)
    return true
  }
}

function sinkOf(partition: SlowPartition, telemetry: ReturnType<typeof createTelemetry>) {
  const settings = { partitions: 1, batchRecords: 100, batchBytes, now: () => partition.nowMs }
  return createScanSink(partition.transport, settings, telemetry, 'test', new AbortController().signal)
}

const quiet = () => createTelemetry({ version: 'test', format: 'none', redact: (text: string) => text })

async function scanOf(partition: SlowPartition, resources: number): Promise<number> {
  using telemetry = quiet()
  const writer = await sinkOf(partition, telemetry).scan(scope)
  const scanned = (async () => {
    for (let n = 0; n < resources; n++) {
      await writer.observe({ id: `${n}`, type: 'thing', provider: 'test', configuration: { document } })
    }
    await writer.end({ complete: true })
  })()
  let mostAfterStart = 0
  for (let steps = 0; await partition.step(); steps++) {
    if (steps > resources / 2) mostAfterStart = Math.max(mostAfterStart, partition.openBytes)
  }
  await scanned
  return mostAfterStart
}

test('a long scan has as much under way as its partition commits in a quarter of a second, so that a small one waits no longer', async () => {
  // 8 MB/s: 2 MB in a quarter of a second.
  const most = await scanOf(new SlowPartition(8000), 200)
  expect(most).toBeGreaterThan(1_000_000)
  expect(most).toBeLessThan(2_300_000)
})

test('a partition that commits slowly still has several parcels under way', async () => {
  const most = await scanOf(new SlowPartition(100), 60)
  expect(most).toBeGreaterThan(2 * document.length)
  expect(most).toBeLessThan(800_000)
})

test('a scan that waits for its window ends when the partition fails', async () => {
  using telemetry = quiet()
  const partition = new SlowPartition(8000)
  const writer = await sinkOf(partition, telemetry).scan(scope)
  const scanned = (async () => {
    for (let n = 0; n < 100; n++) {
      await writer.observe({ id: `${n}`, type: 'thing', provider: 'test', configuration: { document } })
    }
  })()
  const failure = scanned.catch((error: unknown) => error)
  while (await partition.step(new Error('the disk is full')));
  expect(await failure).toEqual(new Error('the disk is full'))
})
