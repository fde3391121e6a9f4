import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { truncated } from '../../../connectors/kafka/fetch/truncated.ts'
import type { FetchedChunk, LogReader } from '../../../connectors/kafka/kafka.ts'
import type { KafkaRequest } from '../node/requests.ts'
import { type ControllerEvents, type ControllerParts, PartitionController } from './partition-controller.ts'
import { TransactionPermits } from './transaction-permits.ts'

const folder = mkdtempSync(join(tmpdir(), 'vaino-controller-'))
mkdirSync(join(folder, 'partitions'))
afterAll(() => rmSync(folder, { recursive: true }))

type Fetch = (request: Parameters<LogReader['fetch']>[0]) => AsyncGenerator<FetchedChunk, void, void>

const chunk = (topic: string, from: number, nextOffset: number): FetchedChunk => ({
  ...{ topic, partition: 0, from, nextOffset, endOffset: nextOffset, aborted: [] },
  bytes: new Uint8Array(),
})

/** A controller of partition 0, taken at input offset 5, whose worker answers what it is given. */
function controllerOver(fetch: Fetch, answer: (request: KafkaRequest) => object | undefined) {
  const answerOf = (request: KafkaRequest): object => {
    const given = answer(request)
    if (given !== undefined) return given
    if (request.kind === 'follow') return { head: 0, lastRecordedAtMs: 0, statesFrom: { offset: 0 } }
    if (request.kind === 'own') return { head: 0, next: 5, remember: null, lastRecordedAtMs: 0 }
    return {}
  }
  const taken = {
    partition: 0,
    position: { nextOffset: 5, note: '0' },
    commit: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }
  const parts = {
    ...{ prefix: 'vaino', dataDir: folder, log: { fetch }, take: async () => taken, offsetAtTime: async () => 0 },
    workers: { ask: async (_partition: number, request: KafkaRequest) => answerOf(request) },
    transactionPermits: new TransactionPermits({ workers: 1, bytes: 1000, pieceBytes: 1, pieces: 1 }),
  }
  const events = new Proxy({}, { get: () => () => undefined })
  return new PartitionController(0, parts as unknown as ControllerParts, events as ControllerEvents)
}

test('where input is lost while it is processed, the file reflects it up to where reading was', async () => {
  const stopping = new AbortController()
  const remembered: number[] = []
  async function* fetch({ topic, from }: Parameters<Fetch>[0]) {
    if (topic !== 'vaino.resources') return
    if (from === 5) yield chunk(topic, 5, 9)
    if (from === 5) throw truncated(topic, 0, 9, { earliest: 20, latest: 30 })
    stopping.abort()
  }
  const controller = controllerOver(fetch, (request) => {
    if (request.kind === 'prepare') return { batches: [], head: 0, next: 9 }
    if (request.kind === 'commit') return { head: 0 }
    if (request.kind === 'remembered') remembered.push(request.next)
    return undefined
  })
  await controller.own(stopping.signal)
  expect(remembered).toEqual([9])
})

test('a state whose change cannot be seen yet is waited for with pauses', async () => {
  const stopping = new AbortController()
  let looks = 0
  const since = performance.now()
  async function* fetch({ topic }: Parameters<Fetch>[0]) {
    if (topic === 'vaino.state') yield chunk(topic, 0, 1)
    if (topic === 'vaino.resources') stopping.abort()
    if (topic !== 'vaino.changes') return
    looks++
    if (performance.now() - since > 400) yield chunk(topic, 0, 1)
  }
  const controller = controllerOver(fetch, (request) => {
    if (request.kind !== 'replicate') return undefined
    const isEarly = request.topic === 'state'
    return { head: isEarly ? 0 : 1, next: 1, awaits: isEarly ? 1 : null, foreign: [] }
  })
  await controller.own(stopping.signal)
  // 20, 40, 80, 160 and 320 ms apart; without pauses there are thousands.
  expect(looks).toBeGreaterThan(2)
  expect(looks).toBeLessThan(12)
})
