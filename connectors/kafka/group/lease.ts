import type { VainoError } from '../../../model/errors.ts'
import { kafkaFailure } from '../failure.ts'
import { longerPauseMs, pause } from '../pause.ts'

export interface LeaseHandlers {
  /**
   * Processes a partition until the signal is aborted, then stops and resolves. If it fails or ends earlier, it is called again
   * after growing pauses, so it begins by taking the partition and reading its position.
   */
  own(partition: number, signal: AbortSignal): Promise<void>
  /** Called each time `own` fails. @param retryInMs when `own` is called again */
  failed(partition: number, error: VainoError, retryInMs: number): void
}

const retryMs = 100
/** An `own` that ran this long was sound: the pause after its failure is the shortest again. */
const isSoundAfterMs = 30_000

/** The time during which this node owns a partition. `done` settles when `own` has stopped. */
export interface Lease {
  readonly done: Promise<void>
  end(): void
}

/**
 * @param after the previous lease of this partition, which may still be stopping
 * @param fencedMs pause after another process has fenced this owner. Usually the group moves the partition in this time. If it
 * does not, the other process was a former owner that woke up late, and this owner must go on.
 */
export function beginLease(
  partition: number,
  after: Promise<void> | undefined,
  fencedMs: number,
  handlers: LeaseHandlers,
): Lease {
  const ending = new AbortController()
  const { signal } = ending
  const hold = async (): Promise<void> => {
    await after
    let waitMs = retryMs
    while (!signal.aborted) {
      const startedAt = performance.now()
      try {
        await handlers.own(partition, signal)
        if (signal.aborted) return
      } catch (error) {
        if (signal.aborted) return
        const failure = kafkaFailure(error, `partition ${partition} stopped`)
        if (performance.now() - startedAt > isSoundAfterMs) waitMs = retryMs
        const retryInMs = failure.code === 'fenced' ? fencedMs : waitMs
        handlers.failed(partition, failure, retryInMs)
        await pause(retryInMs, signal)
        waitMs = longerPauseMs(waitMs, failure.canRetry)
        continue
      }
      await pause(waitMs, signal)
    }
  }
  return { done: hold(), end: () => ending.abort() }
}
