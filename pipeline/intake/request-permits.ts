import { VainoError } from '../../model/errors.ts'
import { type Grant, Permits, requireAmount } from './permits.ts'
import { defaultPace, PacedBody, type PaceLimits, PaceTimer, tooSlow } from './upload-pace.ts'

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
  readonly end: (reason: VainoError) => void
  /** Aborted when the body ends while it waits for a line's permits. */
  line: AbortController | null
  /** It holds permits for a line that is put together in memory. */
  holdsLine: boolean
}

/** A body is measured so often in a window, while it is waited for. */
const measuresPerWindow = 4

/** Permits for one request's line that is longer than a parcel: it is put together in memory before it is sent. */
export type LargeLine = (bytes: number) => Promise<Grant>

/** Reads a request's body. */
export type RequestWork<T> = (body: AsyncIterable<Uint8Array>, largeLine: LargeLine) => Promise<T>

/**
 * Bounds the memory of requests whose bodies are being read and of those that wait to be: three eighths of it for those that come
 * fast, an eighth for slow ones, the rest for those that wait. A request beyond both, or one that waits for {@link longestWaitMs}, is refused with `busy`. First
 * come, first served. (With a whole share each, a flood took a tenth more than all the memory allowed: what is read fast leaves as
 * much garbage.)
 *
 * A long line is put together in memory, and few at once are: a body that becomes slow inside one, while another request waits to
 * begin one, is ended.
 *
 * A body that becomes slow gives its permits back to those that are fast. Where slow bodies together hold more than their eighth, the
 * slowest is ended.
 */
export class RequestPermits {
  readonly #lines: Permits
  readonly #requests: Permits
  readonly #limitBytes: number
  readonly #slowLimitBytes: number
  readonly #pace: PaceLimits
  readonly #timer: PaceTimer
  readonly #waitMs: number
  readonly #slow = new Set<SlowBody>()
  /** Of those that are read and those that wait. */
  #bytes = 0
  /** When the first request was turned away since one was let in; null where none was. */
  #turnedAwaySinceMs: number | null = null

  /** @param bytes the share of the memory */
  constructor(bytes: number, pace: PaceLimits = defaultPace, waitMs: number = longestWaitMs) {
    this.#lines = new Permits({ events: maxRequests, bytes })
    this.#requests = new Permits({ events: maxRequests, bytes: (bytes * 3) / 8 })
    this.#limitBytes = bytes
    this.#slowLimitBytes = bytes / 8
    this.#pace = pace
    this.#timer = new PaceTimer(pace.windowMs / measuresPerWindow)
    this.#waitMs = waitMs
  }

  /**
   * Does the work when there are permits for it. The body is not read before: what a waiting request sends stays with its sender.
   * @param bytes the body's size, where it is known
   * @param work reads the body that it is given, and asks for permits before it puts a long line together
   * @throws VainoError `busy`, `internal` for a size that is negative or not finite
   */
  async read<T>(body: AsyncIterable<Uint8Array>, bytes: number | undefined, work: RequestWork<T>): Promise<T> {
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
    const granted = this.#requests.tryAcquire(1, held)
    if (granted !== null) return granted
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

  async #reading<T>(body: AsyncIterable<Uint8Array>, held: number, first: Grant, work: RequestWork<T>): Promise<T> {
    let grant: Grant | null = first
    const paced: PacedBody = new PacedBody(body, this.#pace, this.#timer, {
      slow: (rate) => {
        slow.rate = rate
        this.#slow.add(slow)
        grant?.release()
        grant = null
        this.#endSlowest()
        if (this.#lines.status.waiting > 0) this.#endSlowLines()
      },
      fast: async () => {
        // Nobody waits for the slow share, so waiting here holds nobody up.
        grant = await this.#requests.acquire(1, held)
        this.#slow.delete(slow)
      },
    })
    const end = (reason: VainoError) => {
      slow.line?.abort()
      paced.end(reason)
    }
    const slow: SlowBody = { rate: 0, bytes: held, end, line: null, holdsLine: false }
    try {
      return await work(paced, (lineBytes) => this.#beginLine(slow, lineBytes))
    } finally {
      this.#slow.delete(slow)
      grant?.release()
    }
  }

  async #beginLine(body: SlowBody, bytes: number): Promise<Grant> {
    body.line ??= new AbortController()
    const asked = this.#lines.acquire(1, bytes, body.line.signal)
    if (this.#lines.status.waiting > 0) this.#endSlowLines()
    const { release, waitedMs } = await asked
    body.holdsLine = true
    return {
      waitedMs,
      release: () => {
        body.holdsLine = false
        release()
      },
    }
  }

  #endSlowLines(): void {
    for (const body of this.#slow)
      if (body.holdsLine) this.#end(body, 'others waited for the memory that its long line takes')
  }

  #end(body: SlowBody, why: string): void {
    this.#slow.delete(body)
    body.end(tooSlow(why))
  }

  /** One slow body may always go on, however large. */
  #endSlowest(): void {
    for (;;) {
      const bodies = [...this.#slow]
      const bytes = bodies.reduce((sum, each) => sum + each.bytes, 0)
      const [slowest] = bodies.sort((a, b) => a.rate - b.rate)
      if (bodies.length < 2 || bytes <= this.#slowLimitBytes || slowest === undefined) return
      this.#end(slowest, 'other slow ones came faster')
    }
  }
}
