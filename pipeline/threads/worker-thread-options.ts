import type { VainoError } from '../../model/errors.ts'
import type { WorkerDeath } from './progress.ts'
import type { Commit } from './protocol.ts'

export interface WorkerThreadOptions {
  readonly index: number
  /** The module that the thread runs. */
  readonly entry: URL | string
  /** What the module finds in `workerData.settings`; structured-cloned. */
  readonly settings: unknown
  /** A thread that is silent for this long is ended and replaced. */
  readonly hangMs: number
  /** Requests during which the thread beats, so that silence beyond `hangMs` is a hang; others may run one long SQL statement. */
  readonly bounded: ReadonlySet<string>
}

export interface WorkerThreadEvents {
  /** A new thread was created. It counts as ready when it has answered what is asked of it here, or one request where nothing is. */
  started(worker: number): void
  /** A transaction was committed; reported before the requests that it answers are. */
  committed(commit: Commit): void
  /** A partition's file can't be used, which showed while no request for it was open. */
  failed(partition: number, error: VainoError): void
  /** The thread ended by itself, or was ended because it hung. A new one is started after a pause. */
  lost(worker: number, reason: 'ended' | 'hung', message: string, death: WorkerDeath | null): void
}
