import type { ComparisonTable } from '../../model/comparison-tables.ts'
import { VainoError } from '../../model/errors.ts'
import type { Redactor } from '../../model/redaction.ts'
import type { Scope } from '../../model/scope.ts'
import type { ScopeStatus } from '../../model/status.ts'
import type { RecentLog } from '../../storage/recent-log.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import type { Baselines } from '../baselines/baselines.ts'
import type { Engine, IngestResult, Producer } from '../engine.ts'
import type { Intake } from '../intake/intake.ts'
import { newestChanges } from '../intake/newest-changes.ts'
import type { Transport } from '../intake/transport.ts'
import type { RunningEngine } from '../running-engine.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Commit, WorkerFault } from '../threads/protocol.ts'
import { feedGauges } from './engine-gauges.ts'
import type { PartitionHeads } from './partition-heads.ts'

/** What a request's records came to; null where a transport can't say it of these records alone. */
export interface IngestCounts extends Omit<IngestResult, 'cursor'> {}

/** The parts of an engine, in the order of the data. What differs between the transports is behind these members. */
export interface EngineParts {
  readonly intake: Intake
  /** How the scans of sources reach their partitions. */
  readonly transport: Transport
  /** Whether this node scans a scope; absent: always. */
  readonly wants?: (scope: Scope) => boolean
  /** Resolves when all effects of the records are committed. @see Engine.ingest */
  ingest(
    body: AsyncIterable<Uint8Array>,
    source: string,
    producer: Producer | undefined,
    bytes: number | undefined,
  ): Promise<IngestCounts>
  /** Ends a hold and resolves with its number of deletes when that is committed; 0: nothing is held. */
  release(scope: Scope, apply: boolean): Promise<number>
  /** Forgets a scope that is listed and resolves with its number of deletes when that is committed. */
  forget(scope: ScopeStatus): Promise<number>

  /** The worker threads that own the partitions. */
  readonly workers: {
    readonly size: number
    readonly ready: number
    compareBy(tables: readonly ComparisonTable[]): void
    injectFault(worker: number, fault: Omit<WorkerFault, 'kind'>): void
  }

  readonly heads: PartitionHeads

  readonly reader: StateReader
  readonly baselines: Baselines
  /** @see Engine.isShared */
  readonly isShared: boolean
  readonly redactor: Redactor
  readonly deadLetters: Engine['deadLetters']
  /** @see RunningEngine.publishDrift */
  readonly publishDrift: RunningEngine['publishDrift']
  /** @see RunningEngine.ownAlerts */
  readonly ownAlerts: RunningEngine['ownAlerts']
  /** @see RunningEngine.streams */
  readonly streams: RunningEngine['streams']
  /** What keeps the partitions from being processed, one line each; of the intake it knows nothing. */
  problems(): readonly string[]
  /** @see RunningEngine.damaged */
  readonly damaged: Promise<VainoError>
  close(): Promise<void>
}

/**
 * The way of a record through an engine, for both transports. Its middle is `partition/chain.ts`, which runs in the worker.
 *
 * ```
 * collectors ─► sink ───┐
 *                       ├─► intake ─► transport ─► partition chain ─► commit ─┬─► heads ─► cursor, onCommit
 * requests ──► ingest ──┘   permits                one worker a partition     └─► reader ─► state, scopes, dead letters
 * ```
 */
export function assembleEngine(parts: EngineParts, telemetry: Telemetry): RunningEngine {
  const { intake, transport, workers, heads, reader } = parts
  feedGauges(telemetry, intake, reader, () => workers.ready)
  const cursor = () => reader.encode(heads.offsets)
  return {
    // Collectors and requests, let in by permits.
    sink: (source, signal) => ({
      ...intake.sink(transport, source, signal, parts.wants),
      // What another node may record, or this one later, is known from the log alone.
      ...(parts.isShared ? { newest: newestChanges(reader) } : {}),
    }),
    ingest: async (body, source, producer, bytes) => ({
      ...(await parts.ingest(body, source, producer, bytes)),
      cursor: cursor(),
    }),
    async release(scope, apply) {
      const deletes = await parts.release(scope, apply)
      if (deletes === 0) throw nothingHeld(scope)
      telemetry.emit('hold_released', { scope, deletes: apply ? deletes : 0 })
      return { deletes, cursor: cursor() }
    },
    async forget(scope) {
      const known = reader.scope(scope)
      if (known === null) throw notListed(scope)
      const deletes = await parts.forget(known)
      telemetry.emit('scope_forgotten', { scope, deletes })
      return { deletes, cursor: cursor() }
    },
    permits: () => intake.permits.status,

    // Partitions, each processed by its worker thread.
    workers: workers.size,
    compareBy: (tables) => workers.compareBy(tables),
    injectFault: (worker, fault, atText, where = 'input') =>
      workers.injectFault(worker, { fault, at: atText ?? null, where }),
    health() {
      const problems = [...parts.problems(), ...intake.problems]
      return { ready: problems.length === 0, problems }
    },
    damaged: parts.damaged,

    // Commits.
    onCommit: (listener) => heads.onAdvance(listener),

    // Serving.
    reader,
    baselines: parts.baselines,
    isShared: parts.isShared,
    redactor: parts.redactor,
    scopes: () => reader.scopes(),
    deadLetters: parts.deadLetters,
    publishDrift: parts.publishDrift,
    ownAlerts: parts.ownAlerts,
    streams: parts.streams,

    [Symbol.asyncDispose]: () => parts.close(),
  }
}

/** What each engine does with a worker's commit. @param workers how many there are, known when the first commit comes */
export const reportCommits =
  (telemetry: Telemetry, heads: PartitionHeads, workers: () => number, recent?: RecentLog) =>
  ({ partition, head, holds, report, rows = [] }: Commit): void => {
    for (const hold of holds) telemetry.emit('deletes_held', { ...hold })
    telemetry.addWorker(partition % workers(), report)
    // Before the new head is heard of: who hears it asks for the rows.
    recent?.committed(partition, head, rows)
    heads.advance(partition, head)
  }

/** The sum of a request's parcels. */
export function sumOf(
  parcels: readonly { records: number; changes: number; deadLetters: number }[],
): Pick<IngestResult, 'outcome' | 'records'> & { changes: number; deadLetters: number } {
  const sum = { records: 0, changes: 0, deadLetters: 0 }
  for (const { records, changes, deadLetters } of parcels) {
    sum.records += records
    sum.changes += changes
    sum.deadLetters += deadLetters
  }
  return { outcome: 'committed', ...sum }
}

const nothingHeld = (scope: Scope): VainoError =>
  new VainoError('not_found', `No deletes are held in ${scope}`, { hint: 'GET /v1/scopes shows what is held.' })

const notListed = (scope: Scope): VainoError =>
  new VainoError('not_found', `There is no scope ${scope}`, { hint: 'GET /v1/scopes lists them.' })
