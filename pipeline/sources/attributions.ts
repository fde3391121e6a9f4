import type { Attribution } from '../../connectors/source.ts'
import type { Scope } from '../../model/scope.ts'

/** Attributions that wait for the scan that sees their change; the oldest is forgotten first. */
const maxWaiting = 10_000

/** Who made a change that an event named and no scan has seen yet. */
export class Attributions {
  readonly #byKey = new Map<string, Attribution>()

  add(scope: Scope, id: string, by: Attribution): void {
    const key = `${scope}/${id}`
    this.#byKey.delete(key)
    this.#byKey.set(key, by)
    if (this.#byKey.size <= maxWaiting) return
    const oldest = this.#byKey.keys().next().value
    if (oldest !== undefined) this.#byKey.delete(oldest)
  }

  /** Each is used once. */
  take(scope: Scope, id: string): Attribution | undefined {
    if (this.#byKey.size === 0) return undefined
    const key = `${scope}/${id}`
    const by = this.#byKey.get(key)
    this.#byKey.delete(key)
    return by
  }
}
