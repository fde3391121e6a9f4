import { VainoError } from '../../model/errors.ts'
import { Permits, requireAmount } from './permits.ts'

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

/** @param waitedMs how long somebody has waited for permits */
export const waitProblems = (what: string, waitedMs: number): string[] =>
  waitedMs < stuckAfterMs ? [] : [`${what} for ${Math.round(waitedMs / 1000)} s`]

/**
 * Bounds the memory of requests whose bodies are being read, and of those that wait to be: each have half a share of the
 * memory; who finds room in neither is turned away and comes again. First come, first served. (With a whole share each, a
 * flood took a tenth more than all the memory allowed: what is read fast leaves as much garbage.)
 */
export class RequestPermits {
  /** Room for lines longer than a parcel, which are put together before they are sent. */
  readonly largeLines: Permits
  readonly #requests: Permits
  readonly #limitBytes: number
  /** Of those that are read and those that wait. */
  #bytes = 0
  /** When the first request was turned away since one was let in; null where none was. */
  #turnedAwaySinceMs: number | null = null

  /** @param bytes the share of the memory */
  constructor(bytes: number) {
    this.largeLines = new Permits({ events: maxRequests, bytes })
    this.#requests = new Permits({ events: maxRequests, bytes: bytes / 2 })
    this.#limitBytes = bytes
  }

  /**
   * Does the work when there is room for it. The body is not read before: what a waiting request sends stays with its sender.
   * @param bytes the body's size, where it is known
   * @throws VainoError `busy`, `internal` for a size that is negative or not finite
   */
  async with<T>(bytes: number | undefined, work: () => Promise<T>): Promise<T> {
    if (bytes !== undefined) requireAmount(bytes)
    const most = Math.min(requestBytes, this.#limitBytes)
    const held = Math.min(most, Math.max(leastRequestBytes, copiesOfBody * (bytes ?? most)))
    if (this.#bytes + held > this.#limitBytes) {
      this.#turnedAwaySinceMs ??= performance.now()
      throw new VainoError('busy', `${this.#requests.status.waiting} requests wait for room already`, {
        hint: 'Send it again, and fewer at once: many together are no faster than a few.',
        retryAfterSeconds: 1,
      })
    }
    this.#bytes += held
    try {
      return await this.#requests.during({ events: 1, bytes: held }, undefined, () => {
        this.#turnedAwaySinceMs = null
        return work()
      })
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
}
