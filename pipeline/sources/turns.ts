import type { Clock } from './clock.ts'

/**
 * Takes turns, one at a time, each when it is due: waits, takes the turn, and waits again. `wake` looks at the due time anew.
 * A source may have 100,000 of them, so each is one timer and one promise at most: a chain of RxJS operators took 5 kB.
 */
export class Turns {
  readonly #clock: Clock
  readonly #dueAt: () => number
  readonly #take: () => Promise<void>
  /** Ends the wait; null during a turn. */
  #cancel: (() => void) | null = null
  #turn: Promise<void> | null = null
  #isStopped = false

  /** @param turn never rejects */
  constructor(clock: Clock, dueAt: () => number, turn: () => Promise<void>) {
    this.#clock = clock
    this.#dueAt = dueAt
    this.#take = turn
    this.#wait()
  }

  wake(): void {
    if (this.#turn !== null) return
    this.#cancel?.()
    this.#wait()
  }

  /** No further turn begins; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel?.()
    await this.#turn
  }

  #wait(): void {
    if (this.#isStopped) return
    const at = this.#dueAt()
    this.#cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      // A timer may be early, by a rounding or because the wait is longer than a timer can be.
      if (this.#clock.now() < at) this.#wait()
      else this.#begin()
    })
  }

  #begin(): void {
    this.#cancel = null
    this.#turn = this.#take().then(() => {
      this.#turn = null
      this.#wait()
    })
  }
}
