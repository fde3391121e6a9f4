import type { Scope } from '../../model/scope.ts'

/** Instances of one state that are asked for by themselves; of more all are read. */
const maxIds = 1000

/** Which instances should be read live soon, because what they stand for has changed. Null: all of the scope. */
export type Asked = ReadonlyMap<Scope, ReadonlySet<string> | null>

/** Gathers what should be read live, until it is handed on. Memory: a thousand addresses a state. */
export class LiveAsks {
  #asked = new Map<Scope, Set<string> | null>()

  add(live: Scope, address: string): void {
    const ids = this.#asked.get(live)
    if (ids === null) return
    if (ids === undefined) this.#asked.set(live, new Set([address]))
    else if (ids.size < maxIds || ids.has(address)) ids.add(address)
    else this.#asked.set(live, null)
  }

  /** All that was asked for since the last time. */
  take(): Asked {
    const asked = this.#asked
    if (asked.size > 0) this.#asked = new Map()
    return asked
  }
}
