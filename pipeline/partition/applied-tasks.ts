import { maxTasksUnderWay, type TaskResult } from './task.ts'

interface Stored {
  readonly session: string
  readonly seq: number
  readonly results: readonly TaskResult[]
}

/**
 * The tasks of a session that a partition has applied: the last one's number, and the results of as many as can be under way.
 * Stored with every commit, so a result is turned into text once and not with each of the 64 commits that store it.
 */
export class AppliedTasks {
  readonly #session: string
  #seq = 0
  #results: readonly TaskResult[] = []
  #texts: readonly string[] = []

  /** @param stored what {@link toJson} of any session returned; null for none */
  constructor(session: string, stored: string | null) {
    this.#session = session
    const found: Stored | null = stored === null ? null : JSON.parse(stored)
    if (found?.session !== session) return
    this.add(found.results)
    this.#seq = found.seq
  }

  get seq(): number {
    return this.#seq
  }
  get results(): readonly TaskResult[] {
    return this.#results
  }

  add(results: readonly TaskResult[]): void {
    this.#seq = results.at(-1)?.seq ?? this.#seq
    this.#results = [...this.#results, ...results].slice(-maxTasksUnderWay)
    this.#texts = [...this.#texts, ...results.map((result) => JSON.stringify(result))].slice(-maxTasksUnderWay)
  }

  toJson(): string {
    return `{"session":${JSON.stringify(this.#session)},"seq":${this.#seq},"results":[${this.#texts.join(',')}]}`
  }
}
