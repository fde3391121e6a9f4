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
  /** Aborted when the body is to end, with the error as its reason. */
  readonly ended: AbortSignal
}

/** Passes a body on and measures how fast it comes. @throws the reason of `ended`, or that the body is below the least rate */
export async function* pacedBody(
  body: AsyncIterable<Uint8Array>,
  limits: PaceLimits,
  events: PaceEvents,
): AsyncGenerator<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]()
  const pace = new Pace(limits, events)
  let isWhole = false
  try {
    for (;;) {
      const next = await pace.waitFor(pieces.next())
      if (next.done) {
        isWhole = true
        return
      }
      await pace.took(next.value.length)
      yield next.value
    }
  } finally {
    // A sender that has stopped would keep this waiting for its next piece.
    if (!isWhole) void pieces.return?.()?.catch(() => undefined)
  }
}

/** The rate of one body over two windows of waiting time. */
class Pace {
  readonly #limits: PaceLimits
  readonly #events: PaceEvents
  #isSlow = false
  #rate = 0
  #windowMs = 0
  #windowBytes = 0
  #leastMs = 0
  #leastBytes = 0

  constructor(limits: PaceLimits, events: PaceEvents) {
    this.#limits = limits
    this.#events = events
  }

  /** Waits for the next piece; the windows end meanwhile, whether it comes or not. */
  waitFor<T>(piece: Promise<T>): Promise<T> {
    const { ended } = this.#events
    // Not Promise.race with a promise that outlives it: that would keep every piece.
    return new Promise<T>((resolve, reject) => {
      let fromMs = performance.now()
      const settle = (last: () => void) => {
        clearInterval(timer)
        ended.removeEventListener('abort', abort)
        last()
      }
      const measure = () => {
        const nowMs = performance.now()
        try {
          this.#pass(nowMs - fromMs)
        } catch (error) {
          settle(() => reject(error))
        }
        fromMs = nowMs
      }
      const abort = () => settle(() => reject(ended.reason))
      const timer = setInterval(measure, this.#limits.windowMs)
      ended.addEventListener('abort', abort, { once: true })
      if (ended.aborted) return abort()
      piece.then(
        (value) => {
          measure()
          settle(() => resolve(value))
        },
        (error: unknown) => settle(() => reject(error)),
      )
    })
  }

  async took(bytes: number): Promise<void> {
    this.#windowBytes += bytes
    this.#leastBytes += bytes
    const { windowMs, slowBytesPerSecond } = this.#limits
    if (!this.#isSlow || this.#windowBytes < (slowBytesPerSecond * windowMs) / 1000) return
    this.#isSlow = false
    this.#windowMs = 0
    this.#windowBytes = 0
    await this.#events.fast()
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
