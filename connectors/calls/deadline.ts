/**
 * A signal that is aborted with another one, or after a time. Disposing it releases the timer and the listener at once, where
 * `AbortSignal.timeout` would keep what listens to it (a call with its answer) in memory until the time is over.
 */
export class Deadline implements Disposable {
  readonly #controller = new AbortController()
  readonly #other: AbortSignal
  readonly #timer: ReturnType<typeof setTimeout>
  #isLate = false

  constructor(other: AbortSignal, ms: number) {
    this.#other = other
    this.#timer = setTimeout(() => {
      this.#isLate = true
      this.#controller.abort(new DOMException(`no answer within ${ms / 1000} s`, 'TimeoutError'))
    }, ms)
    if (other.aborted) this.#follow()
    else other.addEventListener('abort', this.#follow, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The time was over first. */
  get isLate(): boolean {
    return this.#isLate
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#other.removeEventListener('abort', this.#follow)
  }

  readonly #follow = (): void => this.#controller.abort(this.#other.reason)
}
