/** The list of kinds is looked at again after this long. */
const calmMs = 10_000
/** After a definition has changed: the server serves a new kind a moment after its definition is stored. */
const quickMs = [250, 500, 1000, 2000, 4000]

/** When a list of kinds is looked at again: after a while, and several times soon after a definition has changed. */
export class LookAgain {
  #quick = quickMs.length
  #wake: (() => void) | null = null

  /** A definition has come, changed or gone. */
  soon(): void {
    this.#quick = 0
    this.#wake?.()
  }

  /** Resolves when it is time. Rejects with the signal's reason. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const ms = quickMs[this.#quick] ?? calmMs
    if (this.#quick < quickMs.length) this.#quick++
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    // What wakes a calm wait begins a quick one.
    if (ms === calmMs) this.#wake = resolve
    signal.addEventListener('abort', () => resolve(), { once: true })
    try {
      await promise
    } finally {
      clearTimeout(timer)
      this.#wake = null
    }
    signal.throwIfAborted()
  }
}
