import { VainoError } from '../../model/errors.ts'

export interface PermitLimits {
  readonly events: number
  readonly bytes: number
}

export interface Grant {
  /** Gives the permits back; a second call does nothing. */
  release(): void
  /** Milliseconds waited; 0 when the permits were granted at once. */
  readonly waitedMs: number
}

interface Waiter {
  readonly events: number
  readonly bytes: number
  readonly sinceMs: number
  readonly grant: () => void
}

export interface PermitStatus {
  readonly events: number
  readonly bytes: number
  readonly waiting: number
  /** Milliseconds that the first in line has waited; 0 when none waits. */
  readonly waitingMs: number
  readonly paused: boolean
}

/**
 * The source of backpressure. Code that pulls data in acquires permits for its events and bytes first, and releases them when
 * the effects are committed. So the data under way is bounded at any source rate, and no queue can grow behind an operator.
 * Permits are granted in the order in which they were asked for. A request larger than the bound is granted when nothing else is under way.
 */
export class Permits {
  readonly #limits: PermitLimits
  readonly #waiters: Waiter[] = []
  #events = 0
  #bytes = 0
  #paused = false
  readonly #whilePaused: number

  /** @param whilePaused maximum events under way while paused; 0: one request at a time */
  constructor(limits: PermitLimits, whilePaused = 0) {
    this.#limits = limits
    this.#whilePaused = whilePaused
  }

  /** @throws VainoError `busy` when the signal is aborted first, `internal` for an amount that is negative or not finite */
  async acquire(events: number, bytes: number, signal?: AbortSignal): Promise<Grant> {
    const granted = this.tryAcquire(events, bytes)
    if (granted !== null) return granted
    const want = this.#within(events, bytes)
    return this.#granted(want, await this.#wait(want.events, want.bytes, signal))
  }

  /** Permits that can be granted at once; null where they can't. @throws VainoError `internal` as {@link acquire} does */
  tryAcquire(events: number, bytes: number): Grant | null {
    // A single NaN would stay in the sums, and nothing would ever fit again.
    requireAmount(events)
    requireAmount(bytes)
    const want = this.#within(events, bytes)
    if (this.#waiters.length > 0 || !this.#fits(want.events, want.bytes)) return null
    this.#take(want.events, want.bytes)
    return this.#granted(want, 0)
  }

  /** Does the work while it holds permits. @throws VainoError as {@link acquire} does */
  async during<T>(
    { events, bytes }: PermitLimits,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    const { release } = await this.acquire(events, bytes, signal)
    try {
      return await work()
    } finally {
      release()
    }
  }

  /** While paused, a request is granted at least when nothing is under way, so that a lack of memory never stops all work. */
  pause(paused: boolean): void {
    this.#paused = paused
    this.#grant()
  }

  get status(): PermitStatus {
    return {
      events: this.#events,
      bytes: this.#bytes,
      waiting: this.#waiters.length,
      waitingMs: this.#waiters[0] === undefined ? 0 : performance.now() - this.#waiters[0].sinceMs,
      paused: this.#paused,
    }
  }

  #within(events: number, bytes: number): PermitLimits {
    return { events: Math.min(events, this.#limits.events), bytes: Math.min(bytes, this.#limits.bytes) }
  }

  #granted({ events, bytes }: PermitLimits, waitedMs: number): Grant {
    let held = true
    const release = () => {
      if (!held) return
      held = false
      this.#events -= events
      this.#bytes -= bytes
      this.#grant()
    }
    return { release, waitedMs }
  }

  #fits(events: number, bytes: number): boolean {
    if (this.#events === 0 && this.#bytes === 0) return true
    if (this.#paused && this.#events + events > this.#whilePaused) return false
    return this.#events + events <= this.#limits.events && this.#bytes + bytes <= this.#limits.bytes
  }

  #take(events: number, bytes: number): void {
    this.#events += events
    this.#bytes += bytes
  }

  async #wait(events: number, bytes: number, signal: AbortSignal | undefined): Promise<number> {
    const startedAt = performance.now()
    await new Promise<void>((resolve, reject) => {
      const aborted = () => {
        const at = this.#waiters.indexOf(waiter)
        if (at >= 0) this.#waiters.splice(at, 1)
        reject(new VainoError('busy', 'Stopped while waiting for permits'))
      }
      const waiter: Waiter = {
        events,
        bytes,
        sinceMs: startedAt,
        grant: () => {
          signal?.removeEventListener('abort', aborted)
          resolve()
        },
      }
      if (signal?.aborted) return aborted()
      signal?.addEventListener('abort', aborted, { once: true })
      this.#waiters.push(waiter)
    })
    return performance.now() - startedAt
  }

  #grant(): void {
    for (;;) {
      const next = this.#waiters[0]
      if (!next || !this.#fits(next.events, next.bytes)) return
      this.#waiters.shift()
      this.#take(next.events, next.bytes)
      next.grant()
    }
  }
}

/** @throws VainoError `internal` */
export function requireAmount(amount: number): void {
  if (Number.isFinite(amount) && amount >= 0) return
  throw new VainoError('internal', `${amount} is no amount of events or bytes`)
}
