/** What one scan or one request has under way in a partition is committed within this many milliseconds, or within twice the shortest commit that it has seen. */
const targetMs = 250
/** Bytes that may always be under way: four parcels of 100 resources of a Terraform state (143 kB each). */
const leastBytes = 512 * 1024

/**
 * Bounds what one scan, or one request, has under way in a partition by the time that its partition needs for it. What comes after it in the partition, or
 * in another partition of the same worker, waits for all that is under way: permits alone let a scan of a 300 MB state
 * queue 9 MB, which a loaded machine commits in 1 to 4 s. The bound follows the speed: where commits are fast it is above
 * what the permits allow. A scan waits here with one parcel for each of its concurrent `observe` calls.
 */
export class SendWindow {
  readonly #now: () => number
  #openBytes = 0
  #boundBytes = leastBytes
  #shortestMs = Number.POSITIVE_INFINITY
  readonly #waiting: (() => void)[] = []

  /** @param now milliseconds of a monotonic clock */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Resolves when the bytes may be under way; one parcel always may. @returns is called when they are committed or refused */
  async enter(bytes: number): Promise<() => void> {
    while (this.#openBytes > 0 && this.#openBytes + bytes > this.#boundBytes) await this.#committed()
    this.#openBytes += bytes
    const openBytes = this.#openBytes
    const sinceMs = this.#now()
    return () => {
      this.#openBytes -= bytes
      this.#adapt(openBytes, this.#now() - sinceMs)
      for (const resume of this.#waiting.splice(0)) resume()
    }
  }

  #committed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** A partition commits in order: within these milliseconds it has committed all that was under way. */
  #adapt(bytes: number, ms: number): void {
    const atLeastMs = Math.max(1, ms)
    this.#shortestMs = Math.min(this.#shortestMs, atLeastMs)
    const aimMs = Math.max(targetMs, 2 * this.#shortestMs)
    this.#boundBytes = Math.max(leastBytes, (bytes * aimMs) / atLeastMs)
  }
}
