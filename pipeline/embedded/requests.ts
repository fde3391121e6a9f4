import type { Task, TaskResult } from '../partition/task.ts'

/** What the main thread asks of an embedded worker. */
export type EmbeddedRequest =
  /** Open the partition's file and own it. */
  | { readonly kind: 'open' }
  /** Apply a task; tasks that are queued together share a transaction. */
  | { readonly kind: 'apply'; readonly task: Task }

export interface EmbeddedAnswers {
  open: {
    /** The last task of this session whose effects are in the file. */
    readonly applied: number
    /** The results of the latest tasks, at least of all that are under way. */
    readonly results: readonly TaskResult[]
    readonly head: number
  }
  /** Answered when the effects are committed and fsynced. */
  apply: TaskResult
}
