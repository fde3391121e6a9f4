import type { Worker } from 'node:worker_threads'
import type { Progress } from './progress.ts'

/** A request that waits for its answer. */
interface Pending {
  readonly kind: string
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

/** A worker thread that runs, and the requests that it has not answered. */
export interface Thread {
  readonly worker: Worker
  readonly progress: Progress
  /** In the order of asking. */
  readonly pending: Map<number, Pending>
  readonly startedAtMs: number
  /** Answers until the thread counts as ready. */
  answersToReady: number
  beats: number
  lastSignMs: number
  readonly drained: PromiseWithResolvers<void>
}
