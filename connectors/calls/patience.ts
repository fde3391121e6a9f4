import { VainoError } from '../../model/errors.ts'
import { CallFailure } from './call-failure.ts'

/** Items of which one operation fails until the scan gives up: what fails so often fails for all of them. */
const maxFailures = 5

/** What part of a scan could not be read. It ends a scan in which one operation keeps failing, instead of asking a thousand times more. */
export class Patience {
  readonly #failures = new Map<string, number>()

  /** @throws what must end the scan: a throttle, credentials, and what failed once too often */
  bear(error: unknown): void {
    if (error instanceof VainoError) throw error
    if (!(error instanceof CallFailure)) return
    if (error.kind === 'throttled' || error.kind === 'credentials') throw error
    const failures = (this.#failures.get(error.action) ?? 0) + 1
    if (failures >= maxFailures) throw error
    this.#failures.set(error.action, failures)
  }
}
