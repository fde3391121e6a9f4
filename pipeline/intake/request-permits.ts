import { VainoError } from '../../model/errors.ts'
import { type Grant, Permits, requireAmount } from './permits.ts'
import { defaultPace, type PaceLimits, pacedBody, tooSlow } from './upload-pace.ts'

/**
 * What a request holds at most while its body is read: two megabytes of parcels (buffers double), and what the HTTP server
 * has read ahead (1.5 MB, measured).
 */
const requestBytes = 4 * 1024 * 1024
const leastRequestBytes = 64 * 1024
/** What a small body takes: in pieces as they came, in its parcels, and read ahead. */
const copiesOfBody = 3
const maxRequests = 1024

/** Milliseconds of waiting after which the node says that it isn't ready. A commit takes tens of milliseconds, a full queue a few seconds. */
const stuckAfterMs = 30_000

/** @param waitedMs how long the first in line has waited for permits */
export const waitProblems = (what: string, waitedMs: number): string[] =>
  waitedMs < stuckAfterMs ? [] : [`${what} for ${Math.round(waitedMs / 1000)} s`]

/** Milliseconds that a request waits for permits before it is turned away: the client comes back, and meanwhile holds nothing here. */
const longestWaitMs = 5000

/** A request whose body comes slowly. */
interface SlowBody {
  rate: number
  readonly bytes: number
  readonly stop: AbortController
}

/**
 * Bounds the memory of requests whose bodies are being read and of those that wait to be: three eighths of it for those that come
 * fast, an eighth for slow ones, the rest for those that wait. A request beyond both, or one that waits for {@link longestWaitMs}, is refused with `busy`. First
 * come, first served. (With a whole share each, a flood took a tenth more than all the memory allowed: what is read fast leaves as
 * much garbage.)
 *
 * A body that becomes slow gives its permits back to those that are fast. Where slow bodies together hold more than their eighth, the
 * slowest is ended.
 */
export class RequestPermits {
  /** Permits for lines longer than a parcel, which are put together before they are sent. */
  readonly largeLines: Permits
  readonly #requests: Permits
  readonly #limitBytes: number
  readonly #slowLimitBytes: number
  readonly #pace: PaceLimits
  readonly #waitMs: number
  readonly #slow = new Set<SlowBody>()
  /** Of those that are read and those that wait. */
  #bytes = 0
  /** When the first request was turned away since one was let in; null where none was. */
  #turnedAwaySinceMs: number | null = null

  /** @param bytes the share of the memory */
  constructor(bytes: number, pace: PaceLimits = defaultPace, waitMs: number = longestWaitMs) {
    this.largeLines = new Permits({ events: maxRequests, bytes })
    this.#requests = new Permits({ events: maxRequests, bytes: (bytes * 3) / 8 })
    this.#limitBytes = bytes
    this.#slowLimitBytes = bytes / 8
    this.#pace = pace
    this.#waitMs = waitMs
  }

  /**
   * Does the work when there are permits for it. The body is not read before: what a waiting request sends stays with its sender.
   * @param bytes the body's size, where it is known
   * @param work reads the body that it is given
   * @throws VainoError `busy`, `internal` for a size that is negative or not finite
   */
  async read<T>(
    body: AsyncIterable<Uint8Array>,
    bytes: number | undefined,
    work: (body: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T> {
    if (bytes !== undefined) requireAmount(bytes)
    const most = Math.min(requestBytes, this.#limitBytes)
    const held = Math.min(most, Math.max(leastRequestBytes, copiesOfBody * (bytes ?? most)))
    if (this.#bytes + held > this.#limitBytes) throw this.#turnAway()
    this.#bytes += held
    try {
      const grant = await this.#acquire(held)
      this.#turnedAwaySinceMs = null
      return await this.#reading(body, held, grant, work)
    } finally {
      this.#bytes -= held
    }
  }

  /** What `/readyz` says: requests ask for permits and none has been let in for {@link stuckAfterMs}. */
  get problems(): readonly string[] {
    const { waitingMs } = this.#requests.status
    const turnedAwayMs =
      this.#turnedAwaySinceMs === null || this.#bytes === 0 ? 0 : performance.now() - this.#turnedAwaySinceMs
    return waitProblems('ingest: no request was let in', Math.max(waitingMs, turnedAwayMs))
  }

  #turnAway(): VainoError {
    this.#turnedAwaySinceMs ??= performance.now()
    return new VainoError('busy', `${this.#requests.status.waiting} requests wait for permits already`, {
      hint: 'Send it again, and fewer at once: many together are no faster than a few.',
      retryAfterSeconds: 1,
    })
  }

  async #acquire(held: number): Promise<Grant> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), this.#waitMs)
    try {
      return await this.#requests.acquire(1, held, late.signal)
    } catch (error) {
      throw late.signal.aborted ? this.#turnAway() : error
    } finally {
      clearTimeout(timer)
    }
  }

  async #reading<T>(
    body: AsyncIterable<Uint8Array>,
    held: number,
    first: Grant,
    work: (body: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T> {
    let grant: Grant | null = first
    const slow: SlowBody = { rate: 0, bytes: held, stop: new AbortController() }
    const paced = pacedBody(body, this.#pace, {
      ended: slow.stop.signal,
      slow: (rate) => {
        slow.rate = rate
        this.#slow.add(slow)
        grant?.release()
        grant = null
        this.#endSlowest()
      },
      fast: async () => {
        // Nobody waits for the slow share, so waiting here holds nobody up.
        grant = await this.#requests.acquire(1, held)
        this.#slow.delete(slow)
      },
    })
    try {
      return await work(paced)
    } finally {
      this.#slow.delete(slow)
      grant?.release()
    }
  }

  /** One slow body may always go on, however large. */
  #endSlowest(): void {
    for (;;) {
      const bodies = [...this.#slow].filter(({ stop }) => !stop.signal.aborted)
      const bytes = bodies.reduce((sum, each) => sum + each.bytes, 0)
      const [slowest] = bodies.sort((a, b) => a.rate - b.rate)
      if (bodies.length < 2 || bytes <= this.#slowLimitBytes || slowest === undefined) return
      this.#slow.delete(slowest)
      slowest.stop.abort(tooSlow('other slow ones came faster'))
    }
  }
}
