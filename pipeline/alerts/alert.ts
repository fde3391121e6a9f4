import type { Op } from '../../model/change.ts'
import type { DriftStatus, DriftTier } from '../../model/drift.ts'
import type { Json } from '../../model/resource.ts'
import type { Severity } from '../../model/rules.ts'

export const alertSources = ['drift', 'changes', 'health'] as const
/** Where an alert comes from: the drift log, the change log, or vaino itself. */
export type AlertSource = (typeof alertSources)[number]

/**
 * What vaino says of itself. stale: no complete scan of a scope in time; failing: its last scan failed; held: deletes wait; not_ready:
 * partitions are not processed; lag: a stream is read too late; dead_letters: records could not be used in the last hour.
 */
export const healthConditions = ['stale', 'failing', 'held', 'not_ready', 'lag', 'dead_letters'] as const
export type HealthCondition = (typeof healthConditions)[number]

export interface AlertField {
  readonly path: string
  /** JSON text, cut. */
  readonly before: string
  readonly after: string
}

/** One thing as a message tells it. */
export interface AlertItem {
  readonly source: AlertSource
  /** The same for the same thing, whenever and wherever it is worked out: a drift's id, a condition and its scope, a change's id. */
  readonly subject: string
  /** `open`: it began; `changed`: it is worse; `resolved`: it is over; `change`: it happened, and has no end. */
  readonly event: 'open' | 'changed' | 'resolved' | 'change'
  /** RFC 3339. */
  readonly at: string
  readonly severity: Severity | null
  readonly owner: string | null
  /** The state's scope of a drift, else its own. */
  readonly scope: string
  /** Null where it is about a scope as a whole. */
  readonly key: string | null
  readonly type: string | null
  /** The address of a drift, else the name or id. */
  readonly name: string
  readonly provider: string | null
  readonly account: string | null
  readonly region: string | null
  readonly namespace: string | null
  /** Of a drift. */
  readonly status: DriftStatus | null
  readonly tier: DriftTier | null
  readonly replaced: boolean
  /** Of a change. */
  readonly op: Op | null
  /** Of vaino itself. */
  readonly condition: HealthCondition | null
  readonly actor: Json
  /** The first of them. */
  readonly fields: readonly AlertField[]
  /** Fields beyond those. */
  readonly omitted: number
  /** In words, where fields don't say it. */
  readonly message: string | null
  /** How long it was open, of what is resolved. */
  readonly duration_seconds: number | null
}

/** What a route is asked about, and what is kept of it. */
export interface Alert extends AlertItem {
  /** The id of what brought it about. */
  readonly entry: string
  /** All fields that differ. */
  readonly paths: readonly string[]
  /** The scopes and keys by which it may be selected. */
  readonly scopes: readonly string[]
  readonly keys: readonly string[]
  readonly tags: { readonly [name: string]: Json }
  /** Whose complete scans `after_scans` counts. */
  readonly scannedScope: string
  /** Who made a change is known only now: it is told by the routes that ask for that, for the others had it before. */
  readonly isNamedLate: boolean
}

/** Fields of an item in a message, and characters of a value. */
const maxFields = 10
const maxValueLength = 200

/** The first fields, each value as JSON text that is cut. */
export function alertFields(
  fields: readonly { readonly path: string; readonly before: Json; readonly after: Json }[],
): Pick<AlertItem, 'fields' | 'omitted'> {
  const shown = fields.slice(0, maxFields).map(({ path, before, after }) => ({
    path,
    before: shortJson(before),
    after: shortJson(after),
  }))
  return { fields: shown, omitted: fields.length - shown.length }
}

function shortJson(value: Json): string {
  const text = JSON.stringify(value) ?? 'null'
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text
}

/** An item without what only routes ask. */
export function itemOf(alert: Alert): AlertItem {
  const { entry: _entry, paths: _paths, scopes: _scopes, keys: _keys, tags: _tags, ...rest } = alert
  const { scannedScope: _scannedScope, isNamedLate: _isNamedLate, ...item } = rest
  return item
}
