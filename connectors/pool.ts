/** Runs at most `size` tasks at once. `add` waits until one may begin, so a producer of tasks waits too. After a task has failed, none begins. */
export class Pool {
  readonly #size: number
  readonly #running = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | null = null

  constructor(size: number) {
    this.#size = size
  }

  /** @throws what a task before it has thrown */
  async add(task: () => Promise<void>): Promise<void> {
    while (this.#failure === null && this.#running.size >= this.#size) await Promise.race(this.#running)
    if (this.#failure !== null) throw this.#failure.error
    const running = Promise.try(task)
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Resolves when no task runs. @throws what the first task that failed has thrown */
  async drained(): Promise<void> {
    await Promise.all(this.#running)
    if (this.#failure !== null) throw this.#failure.error
  }
}
