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

/**
 * @param op `c,u,d`: any of them
 * @param field a path: a field there or below it has changed, or one above it that held something there
 */
export function wantedChanges(filter: Filter, op: string | undefined, field: string | undefined): Wanted['passes'] {
  const wantedOps = op === undefined ? null : new Set(op.split(',') as EntryOp[])
  const filters = !isEmptyFilter(filter)
  if (wantedOps === null && field === undefined && !filters) return null
  return (change) =>
    (wantedOps === null || wantedOps.has(change.op)) &&
    (!filters || change.matches(filter)) &&
    (field === undefined || change.touchesField(field))
}
