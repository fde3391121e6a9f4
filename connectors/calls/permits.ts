/** Permits for what runs at once. Who waits has a place in the queue, in the order of asking; as many wait as tasks ask, which the asker bounds. */
export class Permits {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  /** Resolves with what gives the permit back. Rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted()
    if (this.#free > 0) this.#free--
    else await this.#turn(signal)
    return { [Symbol.dispose]: () => this.#giveBack() }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1)
        reject(signal.reason)
      }
      const go = (): void => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      this.#waiting.push(go)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  #giveBack(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}
