import { VainoError } from '../../model/errors.ts'
import { Permits } from './permits.ts'

/**
 * What a request holds at most while its body is read: two megabytes of parcels (buffers double), and what the HTTP server
 * has read ahead (1.5 MB, measured).
 */
const requestBytes = 4 * 1024 * 1024
const leastRequestBytes = 64 * 1024
/** What a small body takes: in pieces as they came, in its parcels, and read ahead. */
const copiesOfBody = 3
const maxRequests = 1024

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

  /** @param bytes the share of the memory */
  constructor(bytes: number) {
    this.largeLines = new Permits({ events: maxRequests, bytes })
    this.#requests = new Permits({ events: maxRequests, bytes: bytes / 2 })
    this.#limitBytes = bytes
  }

  /**
   * Does the work when there is room for it. The body is not read before: what a waiting request sends stays with its sender.
   * @param bytes the body's size, where it is known
   * @throws VainoError `busy`
   */
  async with<T>(bytes: number | undefined, work: () => Promise<T>): Promise<T> {
    const most = Math.min(requestBytes, this.#limitBytes)
    const held = Math.min(most, Math.max(leastRequestBytes, copiesOfBody * (bytes ?? most)))
    if (this.#bytes + held > this.#limitBytes) {
      throw new VainoError('busy', `${this.#requests.status.waiting} requests wait for room already`, {
        hint: 'Send it again, and fewer at once: many together are no faster than a few.',
        retryAfterSeconds: 1,
      })
    }
    this.#bytes += held
    const { release } = await this.#requests.acquire(1, held)
    try {
      return await work()
    } finally {
      this.#bytes -= held
      release()
    }
  }
}
