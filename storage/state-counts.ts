import type { EntryOp } from '../model/change.ts'
import type { Position } from '../model/cursor.ts'
import type { Filter } from '../model/filter.ts'
import type { Dimension } from '../model/resource-class.ts'
import type { ScopeCondition } from '../model/status.ts'

export interface FacetCounts {
  /** Live resources that pass. */
  readonly total: number
  /** By value; null for those that have none. A resource with a region and a namespace counts for both. */
  readonly values: ReadonlyMap<Dimension, ReadonlyMap<string | null, number>>
  /** What the counts are as of. */
  readonly position: Position
}

/** Entries of the log by minute. */
export interface MinuteCount {
  /** Unix milliseconds of its begin. */
  readonly minuteMs: number
  readonly op: EntryOp
  readonly provider: string
  readonly n: number
}

export interface StateSummary {
  /** Live ones. */
  readonly resources: number
  readonly scopes: Readonly<Record<ScopeCondition, number>>
  /** Deletes that wait. */
  readonly held: number
  /** Those that the files hold; with Kafka they are in a topic. */
  readonly deadLetters: number
  /** When the last change was recorded, Unix milliseconds; null for none. */
  readonly lastChangeAtMs: number | null
}

/** What is read from counters, which every transaction keeps, and not from resources. */
export interface StateCounts {
  /**
   * Counts what passes a filter that {@link isCountable} takes. Yields null where others may run.
   * @param at null: now
   * @throws VainoError `cursor_expired` where retention drops meanwhile what the log has to say
   */
  facets(filter: Filter, by: readonly Dimension[], at: Position | null): Generator<null, FacetCounts>
  /** Whether counters know what passes: a filter by name, tag, text or a part of an id has to look at resources. */
  isCountable(filter: Filter): boolean
  /** The minutes that begin in `[fromMs, toMs)`, in no order; those older than 32 days are not kept. */
  activity(fromMs: number, toMs: number): MinuteCount[]
  summary(): StateSummary
}
