import type { ErrorCode } from '../../model/errors.ts'
import type { DeadLetterReason } from '../../model/partition-state.ts'
import type { Scope } from '../../model/scope.ts'
import type { WorkerReport } from '../telemetry/worker-counters.ts'

/** What a worker is started with. */
export interface WorkerSettings {
  readonly dataDir: string
  readonly logId: string
  readonly partitions: number
  /** The partitions' files may not be there yet. */
  readonly isNew: boolean
  /** Names this run of the process: sequence numbers count within it. */
  readonly session: string
  /** The deployment's secret for redaction, hex. */
  readonly saltHex: string
  readonly recordBytes: number
  readonly maxFingerprints: number
  readonly pageCacheKiB: number
  /** So many of the newest are kept in a partition's file; with 0 none, because they are kept elsewhere. */
  readonly maxDeadLetters: number
  /** Queued records that share one transaction, and so one fsync. */
  readonly transactionBytes: number
  readonly retention: { readonly ageMs: number; readonly bytes: number }
  readonly heartbeatMs: number
}

/** What a worker thread finds in its `workerData`. */
export interface WorkerStart {
  readonly settings: WorkerSettings
  /** The memory of its `Progress`. */
  readonly progress: SharedArrayBuffer
}

/** One sender's place in its own sequence, kept with the effects that it numbers. */
export interface ProducerMark {
  readonly id: string
  readonly epoch: number
  readonly seq: number
  /** Which piece of the request it is, in this partition; a request that is complete has the mark {@link wholeRequest}. */
  readonly part: number
}

export const wholeRequest = 2 ** 31

/** One thing for a partition to do. Sequence numbers count from 1 without a gap within a session and a partition. */
export type Task =
  | {
      readonly kind: 'records'
      readonly seq: number
      readonly bytes: Uint8Array
      readonly source: string
      /** The number of each line where they came from; null: 1, 2, 3 … */
      readonly lines: Uint32Array | null
      /** Skipped when the partition has this mark or a later one already. */
      readonly producer: ProducerMark | null
      /**
       * Null: all records at once. Else workers have died of this task, and each record is taken on its own, but for the ones
       * with these numbers (from 1), at which they did.
       */
      readonly setAside: readonly number[] | null
    }
  /** What can't even be handed to the operators; `preview` is redacted by the worker. */
  | {
      readonly kind: 'dead_letter'
      readonly seq: number
      readonly reason: DeadLetterReason
      readonly detail: string
      readonly source: string
      readonly preview: string
      /** As for records. */
      readonly producer: ProducerMark | null
    }
  | { readonly kind: 'mark'; readonly seq: number; readonly producer: ProducerMark }
  | { readonly kind: 'release'; readonly seq: number; readonly scope: Scope; readonly apply: boolean }

export interface TaskResult {
  readonly seq: number
  readonly records: number
  readonly changes: number
  readonly deadLetters: number
  /** Of a release: how many deletes were held; else 0. */
  readonly released: number
}

export interface Hold {
  readonly scope: Scope
  readonly deletes: number
  readonly of: number
}

/** `kill` ends the process, all others the worker. */
export type Fault = 'throw' | 'exit' | 'hang' | 'kill'

export type ToWorker =
  | { readonly kind: 'open'; readonly partition: number }
  | { readonly kind: 'task'; readonly partition: number; readonly task: Task }
  /** Finish what is queued, close the files, exit. */
  | { readonly kind: 'drain' }
  /** For tests of recovery: throw, exit or hang; at once, or at each record that holds a text. */
  | { readonly kind: 'fault'; readonly fault: Fault; readonly at: string | null }

export type FromWorker =
  | {
      readonly kind: 'opened'
      readonly partition: number
      /** The last task of this session whose effects are in the file, with the results of the latest ones. */
      readonly applied: number
      readonly results: readonly TaskResult[]
      readonly head: number
    }
  | {
      readonly kind: 'committed'
      readonly partition: number
      readonly results: readonly TaskResult[]
      readonly head: number
      /** Holds that began; empty but for rare days. */
      readonly holds: readonly Hold[]
      readonly report: WorkerReport
    }
  /** A transaction didn't go through; nothing of it is in the file. The worker tries again when `canRetry`. */
  | {
      readonly kind: 'failed'
      readonly partition: number
      readonly code: ErrorCode
      readonly message: string
      readonly hint: string | undefined
      readonly canRetry: boolean
    }
  | { readonly kind: 'alive' }
  | { readonly kind: 'drained' }

/** Results remembered in the file for the tasks of one partition; tasks under way are fewer, so none is forgotten. */
export const maxTasksUnderWay = 64
