interface Waiting {
  readonly urgent: boolean
  readonly priority: number
  readonly start: () => void
}

/**
 * Permits for scans that run side by side. Urgent ones (something has changed) have permits of their own beside the shared
 * ones, so that they do not wait for long scans of the interval.
 */
export class Slots {
  readonly #shared: number
  readonly #all: number
  #taken = 0
  /** Urgent ones first, then by priority, then in the order in which they came. At most one a target: `maxTargets` of each source. */
  readonly #waiting: Waiting[] = []

  /** @param reserved permits that only urgent scans get, beside the shared ones */
  constructor(shared: number, reserved: number) {
    this.#shared = shared
    this.#all = shared + reserved
  }

  /** Resolves with what gives the permit back. Rejects with the signal's reason. */
  take(urgent: boolean, priority: number, signal: AbortSignal): Promise<Disposable> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(signal.reason)
      }
      const start = (): void => {
        signal.removeEventListener('abort', leave)
        resolve({ [Symbol.dispose]: () => this.#giveBack() })
      }
      const waiting: Waiting = { urgent, priority, start }
      signal.addEventListener('abort', leave, { once: true })
      this.#enqueue(waiting)
      this.#admit()
    })
  }

  #enqueue(one: Waiting): void {
    let at = this.#waiting.length
    for (let before = this.#waiting[at - 1]; before && goesBefore(one, before); before = this.#waiting[at - 1]) at--
    this.#waiting.splice(at, 0, one)
  }

  #giveBack(): void {
    this.#taken--
    this.#admit()
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      if (this.#taken >= (next.urgent ? this.#all : this.#shared)) return
      this.#waiting.shift()
      this.#taken++
      next.start()
    }
  }
}

const goesBefore = (one: Waiting, other: Waiting): boolean =>
  one.urgent === other.urgent ? one.priority > other.priority : one.urgent
