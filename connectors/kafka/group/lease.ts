import type { VainoError } from '../../../model/errors.ts'
import { kafkaFailure } from '../failure.ts'
import { longerPauseMs, pause } from '../pause.ts'

export interface LeaseHandlers {
  /**
   * Sees to a partition until the signal is aborted, and resolves when it has let go of it. Called again, later and later,
   * when it fails or ends before that: so it begins by taking the partition and reading its position.
   */
  own(partition: number, signal: AbortSignal): Promise<void>
  /** Is told each time `own` fails, and when it will be called again. */
  failed(partition: number, error: VainoError, retryInMs: number): void
}

const retryMs = 100
/** An owner that has worked for so long is well: the next failure is a first one again. */
const isWellAfterMs = 30_000

/** The time in which a partition is ours. Ends with the signal; `done` settles when its owner has let go. */
export interface Lease {
  readonly done: Promise<void>
  end(): void
}

/**
 * @param after the lease of the same partition before, which may still be winding down
 * @param fencedMs how long to wait after somebody else has taken the partition: so long that the group has noticed, if it was
 * right; if it was not (a former owner that woke up late), nobody else would go on
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
        if (performance.now() - startedAt > isWellAfterMs) waitMs = retryMs
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
