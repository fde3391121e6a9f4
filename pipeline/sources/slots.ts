interface Waiting {
  urgent: boolean
  readonly priority: number
  readonly start: () => void
}

/** A place in the queue for a permit. */
export interface Place {
  /** Goes on among the urgent ones. */
  hurry(): void
  /** It is left: no permit comes any more. */
  leave(): void
}

/**
 * Permits for scans that run side by side. Urgent ones (something has changed) have permits of their own beside the shared
 * ones, so that they do not wait for long scans of the interval. A scan that only waits lends its permit to another one.
 */
export class Slots {
  readonly #shared: number
  readonly #all: number
  readonly #maxLent: number
  #taken = 0
  #lent = 0
  /** Urgent ones first, then by priority, then in the order in which they came. At most one a target: `maxTargets` of each source. */
  readonly #waiting: Waiting[] = []

  /**
   * @param reserved permits that only urgent scans get, beside the shared ones
   * @param maxLent permits that are lent at most: so many scans are open beside those that run
   */
  constructor(shared: number, reserved: number, maxLent: number) {
    this.#shared = shared
    this.#all = shared + reserved
    this.#maxLent = maxLent
  }

  /** @returns null: the permit is taken; else the place in the queue, and `start` is called once it is */
  ask(urgent: boolean, priority: number, start: () => void): Place | null {
    const waiting: Waiting = { urgent, priority, start }
    this.#enqueue(waiting)
    if (this.#waiting[0] === waiting && this.#isFreeFor(waiting)) {
      this.#waiting.shift()
      this.#taken++
      return null
    }
    return {
      hurry: () => {
        if (!this.#leave(waiting)) return
        waiting.urgent = true
        this.#enqueue(waiting)
        this.#admit()
      },
      leave: () => void this.#leave(waiting),
    }
  }

  giveBack(): void {
    this.#taken--
    this.#admit()
  }

  /** Another scan may have the permit until {@link takeBack}. @returns false where too many are lent already */
  lend(): boolean {
    if (this.#lent >= this.#maxLent) return false
    this.#lent++
    this.giveBack()
    return true
  }

  /** Never waits: until others are given back, more run than usual. A scan that others wait for could wait for them. */
  takeBack(): void {
    this.#lent--
    this.#taken++
  }

  #enqueue(one: Waiting): void {
    let at = this.#waiting.length
    for (let before = this.#waiting[at - 1]; before && goesBefore(one, before); before = this.#waiting[at - 1]) at--
    this.#waiting.splice(at, 0, one)
  }

  #leave(one: Waiting): boolean {
    const at = this.#waiting.indexOf(one)
    if (at >= 0) this.#waiting.splice(at, 1)
    return at >= 0
  }

  #isFreeFor({ urgent }: Waiting): boolean {
    return this.#taken < (urgent ? this.#all : this.#shared)
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (!this.#isFreeFor(next)) return
      this.#waiting.shift()
      this.#taken++
      next.start()
    }
  }
}

const goesBefore = (one: Waiting, other: Waiting): boolean =>
  one.urgent === other.urgent ? one.priority > other.priority : one.urgent
