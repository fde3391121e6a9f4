/** What expires is asked for again this long before. */
const renewMs = 5 * 60_000

interface Expiring {
  /** Null: it doesn't expire. */
  readonly expiresAtMs: number | null
}

/** A credential that is asked for once for all who wait, kept, and asked for again before it expires. A failure is not kept. */
export class Renewed<T extends Expiring> {
  readonly #ask: () => Promise<T>
  #kept: T | null = null
  #asking: Promise<T> | null = null

  constructor(ask: () => Promise<T>) {
    this.#ask = ask
  }

  /** @throws what asking throws */
  async get(): Promise<T> {
    const kept = this.#kept
    if (kept !== null && (kept.expiresAtMs === null || kept.expiresAtMs - renewMs > Date.now())) return kept
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null
    })
    this.#kept = await this.#asking
    return this.#kept
  }
}
