import { VainoError } from '../../model/errors.ts'
import { splitKey } from '../../model/scope.ts'
import type { AlertStore } from '../../storage/alerts/alert-store.ts'
import type { DriftEntry } from '../drift/drift-log.ts'
import type { DriftView } from '../drift/drift-view.ts'
import { type JudgedItem, judgedItem } from '../drift/judged-item.ts'
import type { CurrentRules } from '../rules/current-rules.ts'
import { type Alert, alertFields } from './alert.ts'
import type { AlertRouter } from './alert-router.ts'
import { nextGeneration } from './generation.ts'
import { shortHash } from './message.ts'

export interface DriftFeedParts {
  readonly view: Pick<DriftView, 'log' | 'isUpToDate'>
  readonly store: AlertStore
  readonly router: AlertRouter
  readonly rules: Pick<CurrentRules, 'rules' | 'onChange'>
  readonly nowMs: () => number
}

/** Entries in one transaction. */
const entriesAtOnce = 256
const mark = 'drift'

/**
 * Follows the drift log: each entry goes to the router in one transaction with the position that it leads to. At a start, and when the rules or the log are others,
 * what is open is compared with what was told: what is new is told, what is over too, all else is known.
 */
export class DriftFeed implements Disposable {
  readonly #parts: DriftFeedParts
  readonly #stopListening: () => void
  #isCompared = false

  constructor(parts: DriftFeedParts) {
    this.#parts = parts
    this.#stopListening = parts.rules.onChange(() => {
      this.#isCompared = false
    })
  }

  /** @param turn awaited between two transactions */
  async advance(turn: () => Promise<void>): Promise<void> {
    const { view } = this.#parts
    // A log that is being made says of nothing that it is over.
    if (!view.isUpToDate) return
    let after = this.#position()
    if (after !== null) after = await this.#follow(after, turn)
    if (this.#isCompared && after !== null) return
    this.#isCompared = true
    try {
      await this.#compare(turn)
    } catch (error) {
      this.#isCompared = false
      throw error
    }
  }

  [Symbol.dispose](): void {
    this.#stopListening()
  }

  /** Null where the log is another one, or has lost what comes next. */
  #position(): number | null {
    const { store, view } = this.#parts
    const cursor = store.mark(mark)
    if (cursor === null) return null
    try {
      return view.log.decode(cursor)[0] ?? 0
    } catch (error) {
      if (error instanceof VainoError) return null
      throw error
    }
  }

  async #follow(from: number, turn: () => Promise<void>): Promise<number> {
    const { view, store, router, rules, nowMs } = this.#parts
    for (let after = from; ; ) {
      const entries = view.log.changes(0, after, view.log.head()[0] ?? 0, entriesAtOnce)
      const last = entries.at(-1)
      if (last === undefined) return after
      store.transaction(() => {
        for (const { entry } of entries) {
          const judged = judgedItem(entry.drift, rules.rules, nowMs())
          router.take(alertOf(entry, judged), judged.rule !== null, nowMs())
        }
        store.setMark(mark, view.log.encode([last.offset]))
      })
      after = last.offset
      await turn()
    }
  }

  async #compare(turn: () => Promise<void>): Promise<void> {
    const { view, store, router, rules, nowMs } = this.#parts
    const head = view.log.head()[0] ?? 0
    const generation = nextGeneration(store)
    let page: { readonly alert: Alert; readonly isIgnored: boolean }[] = []
    const flush = async () => {
      const taken = page
      page = []
      store.transaction(() => {
        for (const { alert, isIgnored } of taken) router.take(alert, isIgnored, nowMs(), generation)
      })
      await turn()
    }
    for (const item of view.log.openAt([head], null)) {
      if (item === null) continue
      const since = item.since ?? new Date(nowMs()).toISOString()
      const id = shortHash(item.id, since)
      const entry: DriftEntry = { id, event: 'open', at: since, duration_seconds: null, drift: item }
      const judged = judgedItem(item, rules.rules, nowMs())
      page.push({ alert: alertOf(entry, judged), isIgnored: judged.rule !== null })
      if (page.length >= entriesAtOnce) await flush()
    }
    await flush()
    for (let count = 1; count > 0; await turn()) {
      const ended = new Date(nowMs()).toISOString()
      count = store.transaction(() => router.resolveUnseen('drift', generation, ended, nowMs()))
    }
    store.transaction(() => store.setMark(mark, view.log.encode([head])))
  }
}

/** An entry of the drift log as an alert. */
function alertOf(entry: DriftEntry, item: JudgedItem): Alert {
  const scope = splitKey(item.key)?.scope ?? item.state
  return {
    source: 'drift',
    subject: item.id,
    event: entry.event,
    at: entry.at,
    severity: item.severity,
    owner: item.owner,
    scope: item.state,
    key: item.key,
    type: item.type,
    name: item.address,
    ...{ provider: item.provider, account: item.account, region: item.region, namespace: item.namespace },
    ...{ status: item.status, tier: item.tier, replaced: item.replaced, op: null, condition: null },
    actor: item.actor,
    ...alertFields(item.fields),
    message: null,
    duration_seconds: entry.duration_seconds,
    entry: entry.id,
    paths: item.fields.map(({ path }) => path),
    scopes: [...new Set([item.state, scope])],
    keys: [...new Set([item.key, `${item.state}/${item.address}`])],
    tags: item.tags,
    scannedScope: scope,
    isNamedLate: false,
  }
}
