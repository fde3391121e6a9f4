import type { DriftStatus, DriftTier } from '../../model/drift.ts'
import type { Json, Resource } from '../../model/resource.ts'
import type { Rules, Severity } from '../../model/rules.ts'
import { type DriftFacts, judgeDrift } from '../../model/rules-drift.ts'
import { type Key, keyOf, type Scope } from '../../model/scope.ts'
import type { OnceItem } from './drift-once.ts'
import type { Why } from './read-once.ts'

/** An item as `GET /v1/drift` has it. What only a running vaino knows (since when, who) is null. */
export interface OnceDriftItem {
  readonly id: Key
  readonly status: DriftStatus
  readonly tier: DriftTier | null
  readonly type: string
  readonly address: string
  readonly state: Scope
  readonly key: Key
  /** Its ARN, or what the cloud calls it. */
  readonly identity: string | null
  readonly cloud_id: string | null
  readonly region: string | null
  readonly account: string | null
  readonly since: null
  readonly resolved_at: null
  readonly fields: readonly { readonly path: string; readonly before: Json; readonly after: Json }[]
  readonly omitted: number
  readonly replaced: boolean
  readonly severity: Severity | null
  readonly owner: string | null
  /** The rule that ignores it, or the last of its fields that counted. */
  readonly rule: string | null
  readonly actor: null
  readonly occurred_at: null
  readonly reason: string | null
  /** Why it is unknown, and the next step. */
  readonly message: string | null
  readonly hint: string | null
}

export interface Coverage {
  readonly managed: number
  readonly in_sync: number
  readonly changed: number
  readonly missing: number
  readonly unmanaged: number
  readonly unknown: number
  /** Drifted, or unknown, and ignored by a rule. */
  readonly suppressed: number
  /** Of what is managed, what is known; 100 where nothing is managed. Rounded down: 100 is everything. */
  readonly percent: number
}

/** @param nowMs rules may end */
export function driftItemOf(item: OnceItem, rules: Rules, nowMs: number): OnceDriftItem {
  const { state, live, address, desired, actual, verdict, why } = item
  const key = keyOf(live, address)
  const judged = judgementOf(item, rules, nowMs)
  const fields = verdict.fields.filter((_, at) => judged === null || judged.rule !== null || judged.fields[at] === null)
  const cloudId = textAt(desired, 'id')
  return {
    id: key,
    status: verdict.status,
    tier: verdict.tier,
    type: desired.type,
    address,
    state,
    key,
    identity: textAt(desired, 'arn') ?? cloudId,
    cloud_id: cloudId,
    region: actual?.region ?? desired.region ?? null,
    account: actual?.account ?? desired.account ?? null,
    since: null,
    resolved_at: null,
    fields,
    omitted: verdict.omitted,
    replaced: verdict.replaced,
    severity: judged?.severity ?? null,
    owner: judged?.owner ?? null,
    rule: judged?.rule ?? null,
    actor: null,
    occurred_at: null,
    reason: why?.reason ?? verdict.reason,
    message: why?.message ?? null,
    hint: why?.hint ?? null,
  }
}

function judgementOf({ state, live, address, desired, verdict }: OnceItem, rules: Rules, nowMs: number) {
  const { status, fields } = verdict
  if (status === 'in_sync') return null
  const facts: DriftFacts = {
    scopes: [state, live],
    keys: [keyOf(state, address), keyOf(live, address)],
    type: desired.type,
    id: textAt(desired, 'id'),
    status,
    fields,
    replaced: verdict.replaced,
    tags: desired.tags ?? null,
    actor: null,
  }
  return judgeDrift(rules, facts, nowMs)
}

const textAt = ({ configuration }: Resource, name: string): string | null => {
  const value = configuration?.[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** Adds up states, one after another. */
export class Tally {
  readonly #counts = { in_sync: 0, changed: 0, missing: 0, unmanaged: 0, unknown: 0, suppressed: 0 }
  /** States of which nothing is known, not even what they manage. */
  #unreadStates = 0

  add(items: readonly OnceDriftItem[], failure: Why | null): void {
    for (const { status, rule } of items) this.#counts[rule === null ? status : 'suppressed']++
    if (failure !== null && items.length === 0) this.#unreadStates++
  }

  get coverage(): Coverage {
    const { unknown, unmanaged, ...known } = this.#counts
    const certain = known.in_sync + known.changed + known.missing + known.suppressed
    const managed = certain + unknown
    return {
      managed,
      ...known,
      unmanaged,
      unknown,
      percent: managed === 0 ? 100 : Math.floor((certain / managed) * 100),
    }
  }

  get exitCode(): 0 | 1 | 2 {
    return exitCodeOf(this.#counts, this.#unreadStates)
  }
}

/** 1: something has drifted. 2: nothing that is known, and not everything is known. */
export function exitCodeOf(
  { changed, missing, unknown }: Pick<Coverage, 'changed' | 'missing' | 'unknown'>,
  unreadStates = 0,
): 0 | 1 | 2 {
  if (changed + missing > 0) return 1
  return unknown + unreadStates > 0 ? 2 : 0
}
