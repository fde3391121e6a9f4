import type { Position } from '../../model/cursor.ts'
import { keyOf } from '../../model/scope.ts'
import type { DriftPair } from '../../storage/drift/drift-rows.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import { collectedScopes } from './identities.ts'
import type { Judging } from './judging.ts'
import type { Pairs } from './pairs.ts'
import { touched } from './stranger.ts'
import { instancesOf } from './wanted.ts'

/**
 * Looks at what confirmed scopes say of things beside the log: that one is the system's own (`metadata.ambient`) is compared with nothing, so a default
 * that became somebody's, or the other way round, is no change. Seen with the end of the next complete scan. Memory: a page of ids and a time for each
 * partition; the first look after a start reads all.
 */
export class StandingLook {
  readonly #judging: Judging
  readonly #reader: Pick<StateReader, 'confirmedScopes' | 'refreshed'>
  readonly #pairs: Pairs
  readonly #seenMs = new Map<number, number>()

  constructor(judging: Judging, reader: Pick<StateReader, 'confirmedScopes' | 'refreshed'>, pairs: Pairs) {
    this.#judging = judging
    this.#reader = reader
    this.#pairs = pairs
  }

  /**
   * @param turn awaited between two transactions; throws to end it there
   * @returns false where a scan was confirmed later than the log is settled: the partition is to be looked at again
   */
  async look(partition: number, at: Position, turn: () => Promise<void>): Promise<boolean> {
    const sinceMs = this.#seenMs.get(partition) ?? 0
    let seenMs = sinceMs
    let isAll = true
    for (const start of collectedScopes) {
      for (const { scope, confirmedAtMs } of this.#reader.confirmedScopes(partition, start, sinceMs)) {
        if (confirmedAtMs > this.#judging.scopes.asOfMs) {
          isAll = false
          break
        }
        const pair = this.#pairs.get(scope)
        if (pair?.loadedTo === null) await this.#lookIn(pair, confirmedAtMs, at, turn)
        seenMs = Math.max(seenMs, confirmedAtMs)
      }
    }
    this.#seenMs.set(partition, seenMs)
    return isAll
  }

  async #lookIn(pair: DriftPair, atMs: number, at: Position, turn: () => Promise<void>): Promise<void> {
    const { store } = this.#judging
    for (let after = ''; ; ) {
      const page = this.#reader.refreshed(pair.state, 'ambient', after)
      const last = page.at(-1)
      if (last === undefined) return
      after = last.id
      store.transaction(() => {
        for (const { id, value } of page) {
          const isAmbient = value !== null
          const isKnown = store.instance(pair.id, id) !== null
          const key = keyOf(pair.state, id)
          if (isAmbient !== isKnown || instancesOf(this.#judging, key).length > 0) continue
          touched(this.#judging, key, at, { id: `list ${atMs}`, atMs })
        }
      })
      await turn()
    }
  }
}
