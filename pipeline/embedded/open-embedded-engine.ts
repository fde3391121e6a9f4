import type { Cursor } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import { partitionOf } from '../../model/partition.ts'
import { createRedactor, type Redactor } from '../../model/redaction.ts'
import type { Scope } from '../../model/scope.ts'
import { openDataDir } from '../../storage/data-dir.ts'
import { openStateReader } from '../../storage/reader/open-state-reader.ts'
import type { Engine, EngineHealth, IngestResult, Producer } from '../engine.ts'
import type { EngineOptions } from '../engine-options.ts'
import { ingestBody } from '../intake/ingest-body.ts'
import { watchMemory } from '../intake/memory-watch.ts'
import { type PermitStatus, Permits } from '../intake/permits.ts'
import { endOf, homeOf, isNext, ProducerTurns } from '../intake/producers.ts'
import { RequestPermits, waitProblems } from '../intake/request-room.ts'
import { createScanSink, type ScanSink } from '../intake/scan-sink.ts'
import { embeddedTransport } from '../intake/transport.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Fault, WorkerFault } from '../threads/protocol.ts'
import { workerSettings } from '../threads/worker-settings.ts'
import { TaskDispatcher } from './task-dispatcher.ts'

/** An engine with what only its own process uses: the sink for collectors, and what tests of recovery need. */
export interface RunningEngine extends Engine {
  readonly redactor: Redactor
  readonly workers: number
  sink(source: string, signal: AbortSignal): ScanSink
  permits(): PermitStatus
  /** Settles when the data directory is beyond use, with why. */
  readonly damaged: Promise<VainoError>
  /**
   * @param atText fail at each record that holds it, in this worker and in each that takes its place; absent: at once
   * @param where among the input, or among what other nodes have published
   */
  injectFault(worker: number, fault: Fault, atText?: string, where?: WorkerFault['where']): void
}

/**
 * Opens the data directory, starts the workers and resolves when every partition has its owner.
 * @throws VainoError `data_dir_in_use`, `storage_full`, `storage_failed`, `storage_damaged`, `internal` when a worker doesn't start
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: the assembly of an engine reads in the order of the data
export async function openEngine(options: EngineOptions, telemetry: Telemetry): Promise<RunningEngine> {
  const dataDir = openDataDir(options.dataDir, options.partitions)
  const { identity } = dataDir
  const { partitions } = identity
  const listeners = new Set<(partition: number, offset: number) => void>()
  const heads: number[] = []
  const damaged = Promise.withResolvers<VainoError>()

  function advance(partition: number, head: number): void {
    if (heads[partition] === head) return
    heads[partition] = head
    for (const listener of listeners) listener(partition, head)
  }

  const dispatcher = new TaskDispatcher(workerSettings(options, dataDir), options.workers, options.hangMs, {
    committed({ partition, head, holds, report }) {
      for (const hold of holds) telemetry.emit('deletes_held', { ...hold })
      telemetry.addWorker(partition % dispatcher.workerCount, report)
      advance(partition, head)
    },
    // A worker that was lost after its commit could not report it; the next one does, by the head of the file.
    partitionOpened: advance,
    workerReady: (worker, ms) => telemetry.emit('worker_ready', { worker, duration_ms: ms }),
    workerLost: (worker, reason, error) => telemetry.emit('worker_lost', { worker, reason, error }),
    partitionFailed(partition, error) {
      telemetry.emit('storage_failed', { error: `partition ${partition}: ${error.message}` })
      if (!error.canRetry) damaged.resolve(error)
    },
  })
  try {
    await dispatcher.whenOpen()
  } catch (error) {
    await dispatcher[Symbol.asyncDispose]()
    dataDir[Symbol.dispose]()
    throw error
  }
  dataDir.settle()

  const reader = openStateReader(options.dataDir, identity, options.staleAfterMs, damaged.resolve)
  const share = Math.floor(options.maxMemoryBytes / 8)
  const permits = new Permits({ events: options.maxRecordsUnderWay, bytes: share })
  const transport = embeddedTransport(dispatcher, permits, (source, ms) =>
    telemetry.emit('source_waited', { source, wait_ms: ms }),
  )
  const memory = watchMemory([permits], options.memory)
  const redactor = createRedactor(Buffer.from(identity.saltHex, 'hex'))
  const producers = new ProducerTurns()
  heads.splice(0, heads.length, ...reader.head())
  /** What is committed, as the workers have said; asking the files takes longer than a small ingest. */
  const here = (): Cursor => reader.encode(heads)
  feedGauges(telemetry, reader, permits, () => dispatcher.ready, options)

  const room = new RequestPermits(share)
  const settings = { partitions, recordBytes: options.recordBytes, largeLines: room.largeLines }

  async function ingest(body: AsyncIterable<Uint8Array>, source: string, producer?: Producer): Promise<IngestResult> {
    if (producer === undefined) return summary(await ingestBody(transport, settings, body, source, null), here())
    return producers.inTurn(producer.id, async () => {
      const home = homeOf(producer, partitions)
      if (!isNext(producer, reader.producer(home, producer.id))) {
        return { outcome: 'duplicate', records: 0, changes: 0, deadLetters: 0, cursor: here() }
      }
      const results = await ingestBody(transport, settings, body, source, producer)
      await (await transport.mark(home, endOf(producer))).settled
      return summary(results, here())
    })
  }

  return {
    reader,
    isShared: false,
    redactor,
    workers: dispatcher.workerCount,
    ingest: (body, source, producer, bytes) => room.with(bytes, () => ingest(body, source, producer)),
    sink: (source, signal) => createScanSink(transport, { ...options, partitions }, telemetry, source, signal),
    async release(scope: Scope, apply: boolean) {
      const partition = partitionOf(scope, partitions)
      const { settled } = await dispatcher.submit(partition, { kind: 'release', scope, apply })
      const { released } = await settled
      if (released === 0) {
        throw new VainoError('not_found', `No deletes are held in ${scope}`, {
          hint: 'GET /v1/scopes shows what is held.',
        })
      }
      telemetry.emit('hold_released', { scope, deletes: apply ? released : 0 })
      return { deletes: released, cursor: here() }
    },
    scopes: () => reader.scopes(),
    deadLetters: async (limit, page) => reader.deadLetters(limit, page),
    onCommit(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    health(): EngineHealth {
      const waits = waitProblems('records have waited for a permit', permits.status.waitingMs)
      const problems = [...dispatcher.problems, ...room.problems, ...waits]
      return { ready: problems.length === 0, problems }
    },
    permits: () => permits.status,
    damaged: damaged.promise,
    injectFault: (worker, fault, atText, where = 'input') =>
      dispatcher.injectFault(worker, { fault, at: atText ?? null, where }),
    async [Symbol.asyncDispose]() {
      memory[Symbol.dispose]()
      await dispatcher[Symbol.asyncDispose]()
      reader[Symbol.dispose]()
      dataDir[Symbol.dispose]()
    },
  }
}

export function summary(
  results: readonly { records: number; changes: number; deadLetters: number }[],
  cursor: Cursor,
): IngestResult {
  const sum = { records: 0, changes: 0, deadLetters: 0 }
  for (const { records, changes, deadLetters } of results) {
    sum.records += records
    sum.changes += changes
    sum.deadLetters += deadLetters
  }
  return { outcome: 'committed', ...sum, cursor }
}

export function feedGauges(
  telemetry: Telemetry,
  reader: Engine['reader'],
  permits: Permits,
  readyWorkers: () => number,
  options: EngineOptions,
): void {
  telemetry.feed('vaino_workers', readyWorkers)
  telemetry.feed('vaino_queue_records', () => permits.status.events)
  telemetry.feed('vaino_queue_bytes', () => permits.status.bytes)
  telemetry.feed('vaino_queue_limit_records', () => options.maxRecordsUnderWay)
  telemetry.feed('vaino_queue_limit_bytes', () => Math.floor(options.maxMemoryBytes / 8))
  telemetry.feed('vaino_storage_bytes', () => reader.storageBytes())
  telemetry.feedScopes(() => reader.scopes())
}
