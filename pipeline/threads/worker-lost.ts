import { VainoError } from '../../model/errors.ts'
import type { WorkerDeath } from './progress.ts'

/** A request's worker ended before it answered. */
export class WorkerLost extends VainoError {
  /** What the worker was doing; null where it was idle. */
  readonly death: WorkerDeath | null

  constructor(message: string, death: WorkerDeath | null) {
    super('not_ready', message, {
      hint: 'A new worker is started. Where a module is missing, install anew (npm ci). Else report this with the lines logged before it.',
    })
    this.death = death
  }
}
