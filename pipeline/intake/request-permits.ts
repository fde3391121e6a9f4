import { VainoError } from '../../model/errors.ts'
import { Permits, requireAmount } from './permits.ts'

/** Maximum bytes of a request while its body is read: 2 MB of parcels (buffers double) and 1.5 MB that the HTTP server reads ahead (measured). */
const requestBytes = 4 * 1024 * 1024
const leastRequestBytes = 64 * 1024
/** A small body is in memory three times: in chunks, in its parcels, and read ahead. */
const copiesOfBody = 3
const maxRequests = 1024

/** A node is not ready after this many milliseconds of waiting. A commit takes tens of milliseconds, a full queue a few seconds. */
const stuckAfterMs = 30_000

/** @param waitedMs how long the first in line has waited for permits */
export const waitProblems = (what: string, waitedMs: number): string[] =>
  waitedMs < stuckAfterMs ? [] : [`${what} for ${Math.round(waitedMs / 1000)} s`]

/**
 * Bounds the memory of request bodies. Half of the bytes are for bodies that are being read, half for requests that wait for
 * permits; a request beyond both is refused with `busy`. Permits are granted in the order of arrival. (With all of the bytes for
 * each half, a flood took a tenth more than the configured memory, because fast reading leaves as much garbage.)
 */
export class RequestPermits {
  /** Permits for lines longer than a parcel, which are assembled in memory before they are sent. */
  readonly largeLines: Permits
  readonly #requests: Permits
  readonly #limitBytes: number
  /** Of the requests that are read and of those that wait. */
  #bytes = 0
  /** When the first request since the last grant was refused; null if none was. */
  #refusedSinceMs: number | null = null

  /** @param bytes maximum bytes of request bodies in memory */
  constructor(bytes: number) {
    this.largeLines = new Permits({ events: maxRequests, bytes })
    this.#requests = new Permits({ events: maxRequests, bytes: bytes / 2 })
    this.#limitBytes = bytes
  }

  /**
   * Does the work when it has permits. The body is not read before, so it stays with the sender.
   * @param bytes the body's size, if known
   * @throws VainoError `busy`, `internal` for a size that is negative or not finite
   */
  async with<T>(bytes: number | undefined, work: () => Promise<T>): Promise<T> {
    if (bytes !== undefined) requireAmount(bytes)
    const most = Math.min(requestBytes, this.#limitBytes)
    const held = Math.min(most, Math.max(leastRequestBytes, copiesOfBody * (bytes ?? most)))
    if (this.#bytes + held > this.#limitBytes) {
      this.#refusedSinceMs ??= performance.now()
      throw new VainoError('busy', `${this.#requests.status.waiting} requests wait for permits already`, {
        hint: 'Send it again, and fewer at once: many together are no faster than a few.',
        retryAfterSeconds: 1,
      })
    }
    this.#bytes += held
    try {
      return await this.#requests.during({ events: 1, bytes: held }, undefined, () => {
        this.#refusedSinceMs = null
        return work()
      })
    } finally {
      this.#bytes -= held
    }
  }

  /** What `/readyz` says: requests ask for permits and none has been let in for {@link stuckAfterMs}. */
  get problems(): readonly string[] {
    const { waitingMs } = this.#requests.status
    const refusedMs = this.#refusedSinceMs === null || this.#bytes === 0 ? 0 : performance.now() - this.#refusedSinceMs
    return waitProblems('ingest: no request was let in', Math.max(waitingMs, refusedMs))
  }
}
