import { maxTasksUnderWay, type TaskResult } from './task.ts'

interface Stored {
  readonly session: string
  /** The number of the last task. */
  readonly seq: number
  /** The results of it and of those before it, the last one last, each as {@link toText} makes it. */
  readonly results: readonly (readonly number[])[]
}

/**
 * The tasks of a session that a partition has applied: the last one's number, and the results of as many as can be under way.
 *
 * They are stored with every commit, so their text is kept, and it is short: what a row of the file can't hold goes to a page of its
 * own, which every commit would write.
 */
export class AppliedTasks {
  #seq = 0
  readonly #results: TaskResult[] = []
  /** Theirs, with commas between them. */
  #text = ''
  /** What comes before the last task's number. */
  readonly #start: string

  /** @param stored what {@link toJson} returned, of whichever session; null for none */
  constructor(session: string, stored: string | null) {
    this.#start = `{"session":${JSON.stringify(session)},"seq":`
    const found: Stored | null = stored === null ? null : JSON.parse(stored)
    if (found?.session !== session) return
    const { seq, results } = found
    const first = seq - results.length + 1
    this.add(
      results.map(([records = 0, changes = 0, deadLetters = 0, released = 0], at) => ({
        ...{ seq: first + at, records, changes, deadLetters, released },
      })),
    )
  }

  get seq(): number {
    return this.#seq
  }
  get results(): readonly TaskResult[] {
    return this.#results
  }

  /** @param results of the tasks that come next, without a gap */
  add(results: readonly TaskResult[]): void {
    this.#seq = results.at(-1)?.seq ?? this.#seq
    for (const result of results) {
      this.#results.push(result)
      this.#text += `${this.#text === '' ? '' : ','}${toText(result)}`
    }
    const surplus = this.#results.length - maxTasksUnderWay
    if (surplus <= 0) return
    this.#results.splice(0, surplus)
    let start = 0
    for (let dropped = 0; dropped < surplus; dropped++) start = this.#text.indexOf('],[', start) + 2
    this.#text = this.#text.slice(start)
  }

  toJson(): string {
    return `${this.#start}${this.#seq},"results":[${this.#text}]}`
  }
}

/** Its numbers up to the last one that isn't 0. */
function toText({ records, changes, deadLetters, released }: TaskResult): string {
  if (released !== 0) return `[${records},${changes},${deadLetters},${released}]`
  if (deadLetters !== 0) return `[${records},${changes},${deadLetters}]`
  if (changes !== 0) return `[${records},${changes}]`
  return records === 0 ? '[]' : `[${records}]`
}
