import { isMadeBy } from '../model/actor.ts'
import { type EntryOp, entryOps } from '../model/change.ts'
import { type Filter, isEmptyFilter } from '../model/filter.ts'
import { comparedFields } from '../model/resource.ts'
import type { LoggedEntry } from '../storage/state-reader.ts'
import type { LogEntry } from './log-source.ts'

/** The rule that ignores a change; null for none. */
export type RuleOf<E extends LogEntry = LoggedEntry> = (change: E) => string | null

/** Which changes a follower asks for. */
export interface Wanted<E extends LogEntry = LoggedEntry> {
  /** Null where the filters let all of them through. */
  readonly passes: ((change: E) => boolean) | null
  /** Of those that pass: what no rule ignores, what one ignores too, or only that. */
  readonly suppressed: 'left_out' | 'included' | 'only'
}

/** Whether a follower gets a change that a rule ignores, or that none does. */
export const isWanted = <E extends LogEntry>(
  { passes, suppressed }: Wanted<E>,
  change: E,
  rule: string | null,
): boolean =>
  (suppressed === 'included' || (suppressed === 'only') === (rule !== null)) && (passes === null || passes(change))

const roots: readonly string[] = comparedFields
/** A path that a changed field can have: it begins with a field that is compared. */
export const fieldPattern = new RegExp(`^(?:${roots.join('|')})(?:[.[]|$)`)
export const fieldExpected = `expected a path that begins with ${roots.join(', ')}, such as configuration.ingress`

export const opListPattern = new RegExp(`^[${entryOps.join('')}](,[${entryOps.join('')}])*$`)

/** What is asked of changes, beside the filters of their resources. */
export interface ChangeQuery {
  /** `c,u,d`: any of them. */
  readonly op?: string | undefined
  /** A path: a field there or below it has changed, or one above it that held something there. */
  readonly field?: string | undefined
  /** Of this scan. */
  readonly scan?: string | undefined
  /** Stands in who made it. */
  readonly actor?: string | undefined
}

export function wantedChanges(filter: Filter, query: ChangeQuery): Wanted['passes'] {
  const { field } = query
  const mayPass = wantedHeads(query)
  const filters = !isEmptyFilter(filter)
  if (mayPass === null && field === undefined && !filters) return null
  return (change) =>
    (mayPass === null || mayPass(change)) &&
    (!filters || change.matches(filter)) &&
    (field === undefined || change.touchesField(field))
}

/** The part of it that needs neither fields nor documents; null where all pass. */
export function wantedHeads({
  op,
  scan,
  actor,
}: ChangeQuery): ((entry: Pick<LoggedEntry, 'op' | 'scan' | 'actor'>) => boolean) | null {
  const ops = opsOf(op)
  if (ops === null && scan === undefined && actor === undefined) return null
  return (entry) =>
    (ops === null || ops.has(entry.op)) &&
    (scan === undefined || entry.scan === scan) &&
    (actor === undefined || isMadeBy(entry.actor, actor))
}

export const opsOf = (op: string | undefined): ReadonlySet<EntryOp> | null =>
  op === undefined ? null : new Set(op.split(',') as EntryOp[])
