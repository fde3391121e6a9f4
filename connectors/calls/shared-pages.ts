import { charsOf } from '../json-parts.ts'
import type { Idle } from '../source.ts'
import { orAborted } from './or-aborted.ts'

/** A listing whose answers, as JSON, are longer is not held: each type reads it for itself, a page at a time. */
const maxListingChars = 8 * 2 ** 20
/** Of all listings that are held. */
const maxHeldChars = 32 * 2 ** 20
/** What was asked for longer ago than this is asked for again. */
const maxAgeMs = 30_000
/** Listings that were too large are tried again after this long. */
const tooLargeMs = 60 * 60_000

interface Reading<Page> {
  readonly startedAt: number
  /** Null: too large to be held. */
  readonly pages: Promise<readonly Page[] | null>
  readonly stop: AbortController
  /** Types that have still to take it. */
  readonly wanted: Set<string>
  waiting: number
  chars: number
}

export type Fetch<Page> = (signal: AbortSignal) => AsyncIterable<Page>

/**
 * Listings from which several types are read: each is read once for all that ask within half a minute of its beginning, and each of these
 * takes it once. What fails fails for those who wait for it then. Memory: the answers of listings that some type has still to take, 32 million
 * characters of JSON in all.
 */
export class SharedPages<Page> {
  readonly #readings = new Map<string, Reading<Page>>()
  readonly #tooLarge = new Map<string, number>()

  /**
   * @param key account, region and listing
   * @param taker the type that asks
   * @param takers all types that are read from the listing
   * @param idle of the scan that asks: it runs the wait for what another one is reading
   */
  async *read(
    key: string,
    taker: string,
    takers: readonly string[],
    fetch: Fetch<Page>,
    signal: AbortSignal,
    idle: Idle = (wait) => wait(),
  ): AsyncGenerator<Page> {
    if (takers.length < 2 || this.#isTooLarge(key)) {
      yield* fetch(signal)
      return
    }
    const before = this.#readings.get(key)
    const reading = this.#join(key, taker, takers, fetch)
    const wait = () => this.#wait(key, reading, signal)
    const pages = await (reading === before ? idle(wait) : wait())
    if (pages === null) yield* fetch(signal)
    else yield* pages
  }

  /** Who asks from now on asks anew. */
  clear(): void {
    this.#readings.clear()
  }

  #join(key: string, taker: string, takers: readonly string[], fetch: Fetch<Page>): Reading<Page> {
    const known = this.#readings.get(key)
    const isYoung = known !== undefined && performance.now() - known.startedAt < maxAgeMs
    const reading = isYoung && known.wanted.has(taker) ? known : this.#begin(key, takers, fetch)
    reading.wanted.delete(taker)
    return reading
  }

  #begin(key: string, takers: readonly string[], fetch: Fetch<Page>): Reading<Page> {
    const stop = new AbortController()
    const reading: Reading<Page> = {
      startedAt: performance.now(),
      pages: Promise.try(() => this.#readAll(key, () => reading, fetch(stop.signal))),
      stop,
      wanted: new Set(takers),
      waiting: 0,
      chars: 0,
    }
    // Readers get the failure from their own promise. Without a reader this one would be an unhandled rejection.
    reading.pages.catch(() => this.#forget(key, reading))
    this.#readings.set(key, reading)
    return reading
  }

  async #readAll(key: string, reading: () => Reading<Page>, source: AsyncIterable<Page>): Promise<Page[] | null> {
    const pages: Page[] = []
    for await (const page of source) {
      pages.push(page)
      reading().chars += charsOf(page)
      if (reading().chars > maxListingChars) {
        this.#tooLarge.set(key, performance.now())
        this.#forget(key, reading())
        return null
      }
    }
    this.#makeRoom()
    return pages
  }

  async #wait(key: string, reading: Reading<Page>, signal: AbortSignal): Promise<readonly Page[] | null> {
    reading.waiting++
    try {
      return await orAborted(reading.pages, signal)
    } finally {
      reading.waiting--
      if (reading.waiting === 0 && signal.aborted) {
        reading.stop.abort(signal.reason)
        this.#forget(key, reading)
      } else if (reading.wanted.size === 0) this.#forget(key, reading)
    }
  }

  #forget(key: string, reading: Reading<Page>): void {
    if (this.#readings.get(key) === reading) this.#readings.delete(key)
  }

  /** Drops what is too old to be taken, then the oldest. */
  #makeRoom(): void {
    let held = [...this.#readings.values()].reduce((sum, { chars }) => sum + chars, 0)
    for (const [key, reading] of this.#readings) {
      const isOld = performance.now() - reading.startedAt >= maxAgeMs
      if (!isOld && held <= maxHeldChars) continue
      held -= reading.chars
      this.#forget(key, reading)
    }
  }

  #isTooLarge(key: string): boolean {
    const since = this.#tooLarge.get(key)
    return since !== undefined && performance.now() - since < tooLargeMs
  }
}
