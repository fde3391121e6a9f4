import { VainoError } from '../../model/errors.ts'

/** How fast a body has to come, measured while somebody waits for it: time that it waits for us doesn't count. */
export interface PaceLimits {
  /** Milliseconds over which a rate is measured. */
  readonly windowMs: number
  /** Below this rate a body is slow: it leaves its permits to others and has a share of the slow ones. */
  readonly slowBytesPerSecond: number
  /** A body that brings less than {@link leastBytesPerSecond} for this long is ended. */
  readonly leastWindowMs: number
  readonly leastBytesPerSecond: number
}

export const defaultPace: PaceLimits = {
  windowMs: 2000,
  slowBytesPerSecond: 16 * 1024,
  leastWindowMs: 60_000,
  leastBytesPerSecond: 64,
}

export const tooSlow = (why: string) =>
  new VainoError('busy', `The body came too slowly: ${why}`, {
    hint: 'Send it again, in smaller requests or over a faster connection.',
    retryAfterSeconds: 5,
  })

/** What happens to a body as its rate changes. */
export interface PaceEvents {
  /** The body is slow from here on. May end it by throwing. */
  slow(bytesPerSecond: number): void
  /** It is fast again: resolves when it may go on. */
  fast(): Promise<void>
}

/** Measures bodies while they are waited for. One timer for all of them: most come in one piece, at once. */
export class PaceTimer {
  readonly #everyMs: number
  readonly #waiting = new Set<() => void>()
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(everyMs: number) {
    this.#everyMs = everyMs
  }

  begin(measure: () => void): void {
    this.#waiting.add(measure)
    if (this.#timer !== undefined) return
    this.#timer = setInterval(() => this.#tick(), this.#everyMs)
    // A body that is waited for keeps the process alive by its connection.
    this.#timer.unref()
  }

  end(measure: () => void): void {
    this.#waiting.delete(measure)
  }

  /** The timer ends when nothing is waited for at its turn, not each time that a piece has come. */
  #tick(): void {
    for (const measure of this.#waiting) measure()
    if (this.#waiting.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}

/**
 * A body that passes its pieces on and measures how fast they come, over two windows of waiting time. Reading it throws why it was
 * ended, or that it is below the least rate. (Written out, because a generator, a timer and an abort signal for each body took as
 * long as all else that a small request costs.)
 */
export class PacedBody implements AsyncIterableIterator<Uint8Array> {
  readonly #pieces: AsyncIterator<Uint8Array>
  readonly #limits: PaceLimits
  readonly #timer: PaceTimer
  readonly #events: PaceEvents
  #end: { readonly reason: unknown } | null = null
  /** Rejects the piece that is waited for. */
  #fail: ((reason: unknown) => void) | null = null
  #sinceMs = 0
  #isSlow = false
  #rate = 0
  #windowMs = 0
  #windowBytes = 0
  #leastMs = 0
  #leastBytes = 0

  constructor(body: AsyncIterable<Uint8Array>, limits: PaceLimits, timer: PaceTimer, events: PaceEvents) {
    this.#pieces = body[Symbol.asyncIterator]()
    this.#limits = limits
    this.#timer = timer
    this.#events = events
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Ends the body: at once where a piece is waited for, else where the next one is asked for. */
  end(reason: unknown): void {
    this.#end ??= { reason }
    this.#fail?.(reason)
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    try {
      if (this.#end !== null) throw this.#end.reason
      const next = await this.#nextPiece()
      if (!next.done && this.#isFastAgain(next.value.length)) await this.#events.fast()
      return next
    } catch (error) {
      this.#leave()
      throw error
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#leave()
    return { done: true, value: undefined }
  }

  /** A sender that has stopped would keep who waits for this. */
  #leave(): void {
    void this.#pieces.return?.()?.catch(() => undefined)
  }

  /** The windows end while a piece is waited for, whether it comes or not. */
  #nextPiece(): Promise<IteratorResult<Uint8Array>> {
    // Not Promise.race with a promise that outlives it: that would keep every piece.
    return new Promise((resolve, reject) => {
      const settled = () => {
        this.#fail = null
        this.#timer.end(this.#measure)
      }
      this.#fail = (reason) => {
        settled()
        reject(reason)
      }
      this.#sinceMs = performance.now()
      this.#timer.begin(this.#measure)
      this.#pieces.next().then(
        (next) => {
          this.#measure()
          settled()
          resolve(next)
        },
        (error: unknown) => {
          settled()
          reject(error)
        },
      )
    })
  }

  readonly #measure = (): void => {
    const nowMs = performance.now()
    const waitedMs = nowMs - this.#sinceMs
    this.#sinceMs = nowMs
    try {
      this.#pass(waitedMs)
    } catch (error) {
      this.end(error)
    }
  }

  #isFastAgain(bytes: number): boolean {
    this.#windowBytes += bytes
    this.#leastBytes += bytes
    const { windowMs, slowBytesPerSecond } = this.#limits
    if (!this.#isSlow || this.#windowBytes < (slowBytesPerSecond * windowMs) / 1000) return false
    this.#isSlow = false
    this.#windowMs = 0
    this.#windowBytes = 0
    return true
  }

  #pass(waitedMs: number): void {
    const { windowMs, slowBytesPerSecond, leastWindowMs, leastBytesPerSecond } = this.#limits
    this.#windowMs += waitedMs
    this.#leastMs += waitedMs
    if (this.#leastMs >= leastWindowMs) {
      const rate = (this.#leastBytes * 1000) / this.#leastMs
      if (rate < leastBytesPerSecond) throw tooSlow(`less than ${leastBytesPerSecond} bytes a second`)
      this.#leastMs = 0
      this.#leastBytes = 0
    }
    if (this.#windowMs < windowMs) return
    const rate = (this.#windowBytes * 1000) / this.#windowMs
    this.#windowMs = 0
    this.#windowBytes = 0
    // Half of it is older: one window without a piece doesn't make an honest slow upload the slowest.
    this.#rate = (this.#rate + rate) / 2
    if (rate >= slowBytesPerSecond) return
    this.#isSlow = true
    this.#events.slow(this.#rate)
  }
}
