import { cpus } from 'node:os'
import type { Cursor } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import { partitionOf } from '../../model/partition.ts'
import { createRedactor, type Redactor } from '../../model/redaction.ts'
import type { Scope } from '../../model/scope.ts'
import { type DataDir, openDataDir } from '../../storage/data-dir.ts'
import { openStateReader } from '../../storage/reader/open-state-reader.ts'
import type { Engine, EngineHealth, IngestResult, Producer } from '../engine.ts'
import { ingestBody } from '../intake/ingest-body.ts'
import { type MemorySettings, watchMemory } from '../intake/memory-watch.ts'
import { type PermitStatus, Permits } from '../intake/permits.ts'
import { endOf, homeOf, isNext, ProducerTurns } from '../intake/producers.ts'
import { RequestPermits, waitProblems } from '../intake/request-room.ts'
import { createScanSink, type ScanSink } from '../intake/scan-sink.ts'
import { embeddedTransport } from '../intake/transport.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Fault } from './protocol.ts'
import { Supervisor } from './supervisor.ts'

export interface EngineOptions {
  readonly dataDir: string
  readonly partitions: number
  readonly workers: number
  readonly recordBytes: number
  /** Records gathered by a collector before it hands them on. */
  readonly batchRecords: number
  readonly batchBytes: number
  /** Records let in and not yet committed. */
  readonly maxRecordsUnderWay: number
  readonly maxMemoryBytes: number
  readonly memory: MemorySettings
  readonly retention: { readonly ageMs: number; readonly bytes: number }
  readonly staleAfterMs: number
  /** A worker silent for so long is replaced. */
  readonly hangMs: number
}

/** What the configuration says where nothing is given (a test holds them together), without reading one. */
export const defaultEngineOptions: Omit<EngineOptions, 'dataDir'> = {
  partitions: 8,
  workers: Math.min(cpus().length, 8),
  recordBytes: 20 * 1024 * 1024,
  batchRecords: 100,
  batchBytes: 1024 * 1024,
  maxRecordsUnderWay: 10_000,
  maxMemoryBytes: 524_288_000,
  memory: { gcThresholdBytes: 367_001_600, backpressureBytes: 419_430_400, gcIntervalMs: 30_000 },
  retention: { ageMs: 30 * 86_400_000, bytes: 8 * 1024 ** 3 },
  staleAfterMs: 90_000,
  hangMs: 30_000,
}

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
   * @param where among the input, or among what other nodes have told
   */
  injectFault(worker: number, fault: Fault, atText?: string, where?: 'input' | 'followed'): void
}

const maxDeadLettersPerPartition = 10_000
const entryBytes = 20

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

  const supervisor = new Supervisor(workerSettings(options, dataDir), options.workers, options.hangMs, {
    committed(partition, head, holds, report) {
      for (const hold of holds) telemetry.emit('deletes_held', { ...hold })
      telemetry.addWorker(partition % supervisor.workerCount, report)
      advance(partition, head)
    },
    // What the last owner committed and could not tell any more is told by the next.
    partitionOpened: advance,
    workerReady: (worker, ms) => telemetry.emit('worker_ready', { worker, duration_ms: ms }),
    workerLost: (worker, reason, error) => telemetry.emit('worker_lost', { worker, reason, error }),
    partitionFailed(partition, error) {
      telemetry.emit('storage_failed', { error: `partition ${partition}: ${error.message}` })
      if (!error.canRetry) damaged.resolve(error)
    },
  })
  try {
    await supervisor.whenOpen()
  } catch (error) {
    await supervisor[Symbol.asyncDispose]()
    dataDir[Symbol.dispose]()
    throw error
  }
  dataDir.settle()

  const reader = openStateReader(options.dataDir, identity, options.staleAfterMs, damaged.resolve)
  const share = Math.floor(options.maxMemoryBytes / 8)
  const permits = new Permits({ events: options.maxRecordsUnderWay, bytes: share })
  const transport = embeddedTransport(supervisor, permits, (source, ms) =>
    telemetry.emit('source_waited', { source, wait_ms: ms }),
  )
  const memory = watchMemory([permits], options.memory)
  const redactor = createRedactor(Buffer.from(identity.saltHex, 'hex'))
  const producers = new ProducerTurns()
  heads.splice(0, heads.length, ...reader.head())
  /** What is committed, as the workers have said; asking the files takes longer than a small ingest. */
  const here = (): Cursor => reader.encode(heads)
  feedGauges(telemetry, reader, permits, () => supervisor.ready, options)

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
    workers: supervisor.workerCount,
    ingest: (body, source, producer, bytes) => room.with(bytes, () => ingest(body, source, producer)),
    sink: (source, signal) => createScanSink(transport, { ...options, partitions }, telemetry, source, signal),
    async release(scope: Scope, apply: boolean) {
      const partition = partitionOf(scope, partitions)
      const { settled } = await supervisor.submit(partition, { kind: 'release', scope, apply })
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
      const problems = [...supervisor.problems, ...room.problems, ...waits]
      return { ready: problems.length === 0, problems }
    },
    permits: () => permits.status,
    damaged: damaged.promise,
    injectFault: (worker, fault, atText) => supervisor.injectFault(worker, fault, atText),
    async [Symbol.asyncDispose]() {
      memory[Symbol.dispose]()
      await supervisor[Symbol.asyncDispose]()
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

/** How the memory that may be used is shared out: an eighth for fingerprints, an eighth for pages of the files. */
export function workerSettings(
  options: EngineOptions,
  { isNew, identity: { logId, saltHex, partitions } }: Pick<DataDir, 'isNew' | 'identity'>,
) {
  const share = options.maxMemoryBytes / 8 / partitions
  return {
    dataDir: options.dataDir,
    logId,
    partitions,
    isNew,
    session: crypto.randomUUID(),
    saltHex,
    recordBytes: options.recordBytes,
    maxFingerprints: Math.floor(share / entryBytes),
    pageCacheKiB: Math.max(512, Math.floor(share / 1024)),
    maxDeadLetters: maxDeadLettersPerPartition,
    transactionBytes: 8 * 1024 * 1024,
    retention: { ageMs: options.retention.ageMs, bytes: options.retention.bytes / partitions },
    heartbeatMs: Math.max(20, Math.min(1_000, options.hangMs / 4)),
  }
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
