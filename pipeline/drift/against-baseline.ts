import type { Position } from '../../model/cursor.ts'
import { listedFields, readingsDiffer, type Verdict } from '../../model/drift.ts'
import { replacedBy } from '../../model/drift-identity.ts'
import type { Rules } from '../../model/rules.ts'
import { type Scope, splitKey, splitScope } from '../../model/scope.ts'
import type { ScopeStatus } from '../../model/status.ts'
import type { Consolidated, StateReader } from '../../storage/state-reader.ts'
import { type Coverage, coverageOf, noCounts } from './coverage.ts'
import { headerOf, itemOf, type Known, unknownAfter } from './drift-item.ts'
import { type JudgedItem, judgedItem } from './judged-item.ts'
import { madeByAsOf } from './made-by.ts'
import { type ScanSaid, type Why, whatScanSaid, whyOfReason } from './why.ts'

/** A state says what is wanted, and is no part of what there is. */
function isActual(scope: Scope): boolean {
  const { provider, collection } = splitScope(scope)
  return provider !== 'terraform' || collection !== 'state'
}

/** What is known of a scope now, and what was found in it. */
interface Found {
  /** Why nothing is known of all of it; null where it is. */
  readonly problem: Why | null
  readonly unread: ScanSaid['unread']
  /** Things that are here now and were not at the baseline, less those that are gone. */
  more: number
  /** Things of the baseline that differ, and are known. */
  differing: number
}

function foundNow(status: ScopeStatus | null): Found {
  const none = { problem: null, unread: new Map<string, Why>(), more: 0, differing: 0 }
  if (status === null || status.status === 'fresh' || status.status === 'events') return none
  if (status.status !== 'failing') return { ...none, problem: whyOfReason(status.status) }
  const { rest, unread } = whatScanSaid(status.errors, [])
  return { ...none, problem: rest, unread }
}

/**
 * What there is against what there was at a baseline, for every scope but those of states. Nothing of it is kept: each question compares
 * anew. A thing of a scope that is failing, stale or held is unknown. Memory: a few numbers a scope.
 */
export class AgainstBaseline {
  readonly #reader: StateReader
  readonly #to: Position
  readonly #rules: Rules
  readonly #nowMs: number
  readonly #found = new Map<Scope, Found>()
  readonly #counts = noCounts()

  /** @param to the position that the baseline is compared with */
  constructor(reader: StateReader, to: Position, rules: Rules, nowMs: number) {
    this.#reader = reader
    this.#to = to
    this.#rules = rules
    this.#nowMs = nowMs
  }

  /**
   * The item of one difference, which is counted; null where nothing of it counts as drift.
   * @param keepsIgnored as of {@link judgedItem}
   */
  take(entry: Consolidated, keepsIgnored: boolean): JudgedItem | null {
    const { op, key, before, after, item } = entry
    const scope = splitKey(key)?.scope
    const document = after ?? before
    if (scope === undefined || document === null || !isActual(scope)) return null
    const found = this.#of(scope)
    found.more += Number(before === null) - Number(after === null)
    // Whether it was there at the baseline nobody knows.
    const verdict = op === 'r' ? null : verdictOf(entry, scope)
    if (verdict === null) return null
    const { actor = null, occurredAt = null } = madeByAsOf(this.#reader, key, this.#to) ?? {}
    const since = item?.changed_at ?? null
    const known: Known = { ...verdict, since, actor, occurred_at: occurredAt }
    const why = found.problem ?? found.unread.get(document.id) ?? null
    const of = { address: document.id, reason: null, ...headerOf(document) }
    const shown = itemOf({ state: scope, live: scope }, of, why === null ? known : unknownAfter(known, null), why)
    const judged = judgedItem(shown, this.#rules, this.#nowMs, keepsIgnored)
    if (why !== null) return judged
    if (before !== null) found.differing++
    if (judged.rule === null) this.#counts[verdict.status]++
    else if (before !== null) this.#counts.suppressed++
    return judged
  }

  /** When every difference was taken: all that was there at the baseline, by status. @param wants scopes that are counted */
  coverage(wants: (scope: Scope) => boolean): Coverage {
    const counts = { ...this.#counts }
    for (const status of this.#reader.scopesAfter('')) {
      const { scope, resources } = status
      if (!isActual(scope) || !wants(scope)) continue
      const { problem, unread, more, differing } = this.#of(scope)
      const base = Math.max(0, resources - more)
      const unknown = problem === null ? Math.min(base - differing, unread.size) : base - differing
      counts.unknown += Math.max(0, unknown)
      counts.in_sync += Math.max(0, base - differing - unknown)
    }
    return coverageOf(counts)
  }

  #of(scope: Scope): Found {
    const found = this.#found.get(scope) ?? foundNow(this.#reader.scope(scope))
    this.#found.set(scope, found)
    return found
  }
}

type Difference = Pick<Known, 'status' | 'tier' | 'fields' | 'omitted' | 'replaced'> & {
  readonly status: 'changed' | 'missing' | 'unmanaged'
}

/** Readings are compared by their schema, in Terraform's words; all others as changes are. */
function verdictOf({ before, after, fields: changes }: Consolidated, scope: Scope): Difference | null {
  const none = { tier: null, fields: [], omitted: 0, replaced: false } satisfies Partial<Verdict>
  if (after === null) return { status: 'missing', ...none }
  if (before === null) return { status: 'unmanaged', ...none }
  if (splitScope(scope).provider === 'terraform') {
    const found = readingsDiffer(before, after)
    return found.fields.length === 0 ? null : { status: 'changed', ...none, ...found }
  }
  const fields = changes.map((one) => ({ path: one.path, before: one.before, after: one.after }))
  return { status: 'changed', ...none, ...listedFields(fields), replaced: replacedBy(before, after).length > 0 }
}
