import type { ComparisonTable } from '../../model/comparison-tables.ts'
import type { ErrorCode } from '../../model/errors.ts'
import type { Scope } from '../../model/scope.ts'
import type { LogRow } from '../../storage/change-row.ts'
import type { PackedReport, WorkerReport } from '../telemetry/worker-counters.ts'

/** What a worker thread finds in its `workerData`. */
export interface WorkerStart<Settings> {
  readonly settings: Settings
  /** The memory of its `Progress`. */
  readonly progress: SharedArrayBuffer
  readonly heartbeatMs: number
  /** What the configuration adds to the comparison tables. */
  readonly comparison: readonly ComparisonTable[]
}

/** What an engine asks its workers for; `kind` names the request and its answer. */
export interface Request {
  readonly kind: string
}

/** Deletes of a scope that the guard holds. */
export interface Hold {
  readonly scope: Scope
  readonly deletes: number
  readonly of: number
}

/** What a committed transaction did to a partition. */
export interface Commit {
  readonly partition: number
  /** Offset of the partition's last change. */
  readonly head: number
  /** Holds that began with it. */
  readonly holds: readonly Hold[]
  /** All rows that it added to the log, where those are handed over with the commit. */
  readonly rows?: readonly LogRow[]
  readonly report: WorkerReport
}

/** `kill` ends the process, all others end the worker. */
export type Fault = 'throw' | 'exit' | 'hang' | 'kill'

/** For tests of recovery: a worker fails at once (`at` null), or at each record that holds the text `at`. */
export interface WorkerFault {
  readonly kind: 'fault'
  readonly fault: Fault
  readonly at: string | null
  /** Records of the input, or of the topics that a Kafka node follows. */
  readonly where: 'input' | 'followed'
}

export interface Asked<R extends Request> {
  readonly kind: 'request'
  readonly id: number
  readonly partition: number
  readonly request: R
}

export type ToWorker<R extends Request> =
  | Asked<R>
  | WorkerFault
  /** From here on compare by the shipped tables and these. */
  | { readonly kind: 'compare'; readonly tables: readonly ComparisonTable[] }
  /** Finish what is queued, close the files, say `drained`. */
  | { readonly kind: 'drain' }

/** A `VainoError` as it crosses threads. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string | undefined
}

export type Answered = { readonly id: number } & ({ readonly value: unknown } | { readonly failure: Failure })

export type FromWorker =
  /** `commit`: the transaction that the answers stand for; null where they stand for none. */
  | {
      readonly kind: 'answered'
      readonly answers: readonly Answered[]
      readonly commit: (Omit<Commit, 'report'> & { readonly report: PackedReport }) | null
    }
  /** A partition's file can't be used, which showed while nothing was asked of it. It is closed. */
  | { readonly kind: 'failed'; readonly partition: number; readonly failure: Failure }
  | { readonly kind: 'drained' }
