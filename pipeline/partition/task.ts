import type { DeadLetterReason } from '../../model/partition-state.ts'
import type { Scope } from '../../model/scope.ts'

/** How far a producer has come in its own sequence; stored in the transaction of the records that it numbers. */
export interface ProducerMark {
  readonly id: string
  readonly epoch: number
  readonly seq: number
  /** Number of the request's piece in this partition; {@link wholeRequest} marks a request that is complete. */
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
      /** The number of each line in its source; null: 1, 2, 3 … */
      readonly lines: Uint32Array | null
      /** The task is skipped when the partition has this mark or a later one already. */
      readonly producer: ProducerMark | null
      /**
       * Null: all records are one batch. Else workers have died of this task: each record is a batch of its own, and the
       * records with these numbers (from 1), at which workers died, become dead letters.
       */
      readonly setAside: readonly number[] | null
    }
  /** What the operators can't take as records; the worker redacts `detail` and `preview`. */
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
  | { readonly kind: 'forget'; readonly seq: number; readonly scope: Scope }

export interface TaskResult {
  readonly seq: number
  readonly records: number
  readonly changes: number
  readonly deadLetters: number
  /** Of a release: the number of deletes that were held; of a forgetting: the number of resources that were live; else 0. */
  readonly released: number
}

/** Results that a partition's file remembers. At most as many tasks are under way, so no result is forgotten. */
export const maxTasksUnderWay = 64
