import { labelText } from '../../model/labels.ts'
import type { Rules } from '../../model/rules.ts'
import type { Scope } from '../../model/scope.ts'
import type { DriftPair, ListedInstance } from '../../storage/drift/drift-rows.ts'
import type { DriftStore } from '../../storage/drift/drift-store.ts'
import type { JudgedRow, NotRead } from '../../storage/drift/judged-table.ts'
import type { DriftItem } from './drift-item.ts'
import { shown } from './drift-list.ts'
import type { DriftView } from './drift-view.ts'
import { judgedItem } from './judged-item.ts'
import { fieldsNotRead } from './why.ts'

/** Milliseconds of judging between two turns of other work, at the end of one round of the view, and while a question waits. */
const [sliceMs, roundMs, askedMs] = [8, 100, 20]
const perLook = 64

type JudgedView = Pick<DriftView, 'store' | 'revision' | 'problemOf' | 'coverage' | 'beyond' | 'atRoundEnds'>

/** By which rules a file's rows are judged. */
interface Judged {
  readonly store: DriftStore
  readonly rules: Rules
  /** When one of the rules ends, Unix milliseconds. */
  readonly untilMs: number
  /** Behind which place the instances are that have not been looked at since; without an address: behind the state. Null: all were. */
  behind: { readonly state: Scope | ''; readonly address: string | null } | null
}

/**
 * What isn't in sync, kept as the rules see it: severity, and what they ignore. An instance that changes is judged again at the end of the view's
 * round, or before the next question; all are when the rules are others, when one of them ends, and when the file is opened (20 µs each).
 */
export class JudgedDrift {
  readonly view: JudgedView
  readonly #rules: () => Rules
  #judged: Judged | null = null

  constructor(view: JudgedView, rules: () => Rules) {
    this.view = view
    this.#rules = rules
    view.atRoundEnds(async (turn) => !(await this.#within(roundMs, turn)))
  }

  get rules(): Rules {
    return this.#rules()
  }

  /** The view's file, if every instance in it is judged by now; null: there is none, or too many wait, and each is to be judged as it is read. */
  async upToDate(): Promise<DriftStore | null> {
    const isDone = await this.#within(askedMs, () => new Promise((resolve) => setImmediate(resolve)))
    return isDone ? this.view.store : null
  }

  /** @returns whether nothing is left */
  async #within(ms: number, turn: () => Promise<void>): Promise<boolean> {
    const untilMs = performance.now() + ms
    while (!this.#slice()) {
      if (performance.now() > untilMs) return false
      await turn()
    }
    return true
  }

  #slice(): boolean {
    const { store } = this.view
    if (store === null) return true
    const judged = this.#of(store)
    if (judged.behind === null && store.judged.unjudged(1).length === 0) return true
    const untilMs = performance.now() + sliceMs
    const { behind } = judged
    try {
      return store.judge(() => {
        do {
          if (this.#judgeSome(judged) && judged.behind === null) return true
        } while (performance.now() < untilMs)
        return false
      })
    } catch (error) {
      // What was judged is not in the file.
      judged.behind = behind
      throw error
    }
  }

  #of(store: DriftStore): Judged {
    const rules = this.#rules()
    const nowMs = Date.now()
    const before = this.#judged
    if (before !== null && before.store === store && before.rules === rules && nowMs < before.untilMs) return before
    const ends = rules.set.ignore.flatMap(({ untilMs }) => (untilMs !== null && untilMs > nowMs ? [untilMs] : []))
    const untilMs = Math.min(Number.POSITIVE_INFINITY, ...ends)
    this.#judged = { store, rules, untilMs, behind: { state: '', address: null } }
    return this.#judged
  }

  /** @returns whether no row is known to be out of date */
  #judgeSome(judged: Judged): boolean {
    const { store, rules } = judged
    const places = store.judged.unjudged(perLook)
    for (const place of places) {
      const pair = store.pairById(place.pair)
      if (pair === null) store.judged.leave(place)
      else judgeRow(store, pair, place.address, store.listedOne(pair.id, place.address), rules)
    }
    if (places.length > 0 || judged.behind === null) return places.length < perLook
    this.#lookOn(judged, judged.behind)
    return judged.behind === null
  }

  /** A page of the instances that the last rules have judged, or none. */
  #lookOn(judged: Judged, { state, address }: NonNullable<Judged['behind']>): void {
    const { store, rules } = judged
    const begun = state === '' || address === null ? null : store.pairOf(state)
    const pair = begun ?? store.pairAfter(state)
    if (pair === null) {
      judged.behind = null
      return
    }
    const page = store.listed(pair.id, begun === null ? '' : (address ?? ''), false)
    for (const instance of page) judgeRow(store, pair, instance.address, instance, rules)
    judged.behind = { state: pair.state, address: page.at(-1)?.address ?? null }
  }
}

function judgeRow(
  store: DriftStore,
  pair: DriftPair,
  address: string,
  instance: ListedInstance | null,
  rules: Rules,
): void {
  const place = { state: pair.state, pair: pair.id, address }
  const item = instance === null ? null : shown(pair, instance, null)
  store.judged.judge(place, item === null || item.status === 'in_sync' ? null : { ...place, ...rowOf(item, rules) })
}

function rowOf(item: DriftItem, rules: Rules): Omit<JudgedRow, 'state' | 'pair' | 'address'> {
  const { severity, rule } = judgedItem(item, rules, Date.now())
  const { address: id, status, tier, since, provider, type, name, account, region, namespace, tags } = item
  return {
    ...{ status, tier, severity, rule, provider, type, account, region, namespace },
    sinceMs: since === null ? null : Date.parse(since),
    labels: labelText({ id, type, provider, name, tags: { ...tags } }),
    notRead: notReadOf(item),
  }
}

/** Of what is unknown, what is not read live: its key is the state's. */
export function notReadOf({ status, key, state, reason }: DriftItem): NotRead {
  if (status !== 'unknown' || !key.startsWith(`${state}/`)) return 'read'
  return reason === fieldsNotRead ? 'exists' : 'not_covered'
}
