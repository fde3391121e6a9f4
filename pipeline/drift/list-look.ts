import type { Position } from '../../model/cursor.ts'
import { formatScope } from '../../model/scope.ts'
import type { ScopeStatus } from '../../model/status.ts'
import type { RestingScope } from '../../storage/drift/join-store.ts'
import { judge } from './judge.ts'
import type { Judging } from './judging.ts'
import { notCollected, whyOfReason } from './why.ts'

/**
 * Looks at the collected scopes in which managed instances were not found: what a scope says of itself is no change. A complete list is a witness;
 * while there is none that holds now, the instances are unknown, which is laid over what the log says last. Memory: a line for each such scope.
 */
export class ListLook {
  readonly #judging: Judging
  /** What was seen of a scope last. */
  #seen = new Map<string, string>()

  constructor(judging: Judging) {
    this.#judging = judging
  }

  async look(at: Position, turn: () => Promise<void>): Promise<void> {
    const { store, reader, scopes } = this.#judging
    const seen = new Map<string, string>()
    for (const of of store.join.restingScopes()) {
      const location = of.location === '-' ? null : of.location
      const scope = formatScope({ ...of, location, collection: of.type })
      const status = reader.scope(scope)
      const said = JSON.stringify([status?.status, status?.last_complete_at, of.count, of.revision])
      const before = this.#seen.get(scope)
      const isSettled = status?.last_complete_at == null || Date.parse(status.last_complete_at) <= scopes.asOfMs
      if (said !== before && isSettled) {
        store.transaction(() => this.#take(of, status, at))
        await turn()
      }
      if (isSettled) seen.set(scope, said)
      else if (before !== undefined) seen.set(scope, before)
    }
    this.#seen = seen
  }

  #isCompared(pair: number, address: string): boolean {
    const row = this.#judging.store.instance(pair, address)
    return row?.status === 'changed' || row?.status === 'in_sync'
  }

  #take(of: RestingScope, status: ScopeStatus | null, at: Position): void {
    const { store, scopes } = this.#judging
    const listedMs = status?.last_complete_at == null ? scopes.asOfMs : Date.parse(status.last_complete_at)
    const cause = { id: `list ${listedMs}`, atMs: listedMs }
    for (const { pair: id, address } of store.join.resting(of)) {
      const pair = store.pairById(id)
      if (pair === null) continue
      // What was compared is judged by its changes; the scope says only whether that holds.
      if (pair.live !== null || !this.#isCompared(id, address)) judge(this.#judging, pair, address, at, cause)
      if (pair.live !== null) continue
      if (status?.status === 'fresh' || store.join.wanted(id, address)?.rests !== true) store.dropProblem(id, address)
      else store.setProblem(id, address, whyOfReason(status?.status ?? notCollected))
    }
  }
}
