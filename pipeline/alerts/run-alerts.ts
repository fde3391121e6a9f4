import type { AlertStore } from '../../storage/alerts/alert-store.ts'
import type { AlertRouter } from './alert-router.ts'
import type { Deliverer } from './deliverer.ts'

/** What brings alerts: it reads on from where it was, in transactions of its own. */
export interface AlertFeed {
  /** @param turn awaited between two transactions; throws to end it there */
  advance(turn: () => Promise<void>): Promise<void>
}

export interface AlertRunParts {
  readonly store: AlertStore
  readonly router: AlertRouter
  readonly feeds: readonly AlertFeed[]
  readonly deliverers: readonly Deliverer[]
  readonly nowMs: () => number
  failed(error: unknown): void
  /** Where the state is copied elsewhere before anything is sent. */
  readonly copying?: Copying
}

export interface Copying {
  /** Resolves when the copy has all that is committed. */
  copy(): Promise<void>
  /** The copy is somebody else's now: nothing more is done. */
  lost(error: unknown): void
}

/** What is due by time alone is seen so late at most. */
const lookEveryMs = 1_000
/** Between two rounds: at thousands of entries a second they would leave no pause. */
const restMs = 100
/** After a failure: the disk may be full. */
const retryAfterMs = 5_000

/** Round after round: what is new goes to the routes, what is due into the outbox. */
export class AlertRun implements AsyncDisposable {
  readonly #parts: AlertRunParts
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #wake: () => void = () => undefined
  #isWanted = true

  constructor(parts: AlertRunParts) {
    this.#parts = parts
    this.#running = this.#run()
  }

  /** Something new may be there. */
  wake(): void {
    this.#isWanted = true
    this.#wake()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.wake()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#isWanted = false
      const isDone = (await this.#round()) && (await this.#copy())
      await this.#sleep(isDone ? restMs : retryAfterMs, false)
      await this.#sleep(lookEveryMs, true)
    }
  }

  /** @returns false where it failed */
  async #round(): Promise<boolean> {
    const { feeds, store, router, nowMs, failed, copying } = this.#parts
    try {
      for (const feed of feeds) await feed.advance(() => this.#turn())
      const made = store.transaction(() => {
        router.countScans(nowMs())
        return router.flush(nowMs())
      })
      if (copying === undefined && made > 0) this.#wakeDeliverers()
      return true
    } catch (error) {
      if (!this.#stop.signal.aborted) failed(error)
      return false
    }
  }

  /** @returns false where the copy is lost */
  async #copy(): Promise<boolean> {
    const { copying } = this.#parts
    if (copying === undefined || this.#stop.signal.aborted) return true
    try {
      await copying.copy()
    } catch (error) {
      copying.lost(error)
      return false
    }
    this.#wakeDeliverers()
    return true
  }

  #wakeDeliverers(): void {
    for (const deliverer of this.#parts.deliverers) deliverer.wake()
  }

  async #turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.#stop.signal.throwIfAborted()
  }

  #sleep(ms: number, isWakeable: boolean): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#wake = () => undefined
        resolve()
      }
      const timer = setTimeout(done, ms)
      timer.unref()
      this.#wake = () => {
        if (isWakeable || this.#stop.signal.aborted) done()
      }
      if (this.#stop.signal.aborted || (isWakeable && this.#isWanted)) done()
    })
  }
}
