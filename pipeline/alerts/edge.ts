import type { DriftStatus } from '../../model/drift.ts'
import type { Pending, SubjectRow } from '../../storage/alerts/alert-rows.ts'
import type { Alert } from './alert.ts'
import { rankOf } from './message.ts'

/** What a route knows of a subject. */
export interface Known {
  readonly pending: Pending | null
  readonly said: Alert
  /** How it was when a message last told of it; null: none has. */
  readonly told: Alert | null
}

/** What an entry means to a route: what it knows from then on, or that nothing is kept, and why nothing is told of it. */
export type Edge =
  | { readonly known: Known }
  | { readonly known: null; readonly dropped: 'never_told' | 'no_match' | null }

/**
 * **Takes one entry into what a route knows of its subject.** A pure function. What came and went between two messages is told of by none; what a message has told
 * of is told again only when it is worse, and when it is over.
 * @param known null: the route knows nothing of it
 * @param matches whether the entry passes the route; what is over is told whatever it looks like now
 */
export function edge(known: Known | null, alert: Alert, matches: boolean): Edge {
  if (alert.event === 'resolved') {
    if (known === null) return { known: null, dropped: null }
    if (known.told === null) return { known: null, dropped: 'never_told' }
    return { known: { ...known, said: { ...known.said, ...endOf(alert) }, pending: 'resolved' } }
  }
  if (known === null || known.told === null) {
    if (matches) return { known: { said: { ...alert, event: 'open' }, told: null, pending: 'open' } }
    return { known: null, dropped: known === null ? null : 'no_match' }
  }
  // It is not over, but not the route's any more: what was told stays as it is until the end.
  if (!matches) return { known }
  if (isWorse(known.told, alert))
    return { known: { ...known, said: { ...alert, event: 'changed' }, pending: 'changed' } }
  return { known: { ...known, said: { ...alert, event: known.said.event }, pending: null } }
}

const endOf = ({ event, at, entry, duration_seconds, message }: Alert) => ({
  event,
  at,
  entry,
  duration_seconds,
  message,
})

/** How bad it is that it is so; the larger the worse. */
const weights: Readonly<Record<DriftStatus, number>> = { in_sync: 0, unknown: 1, unmanaged: 2, changed: 3, missing: 4 }

/** Worse than when it was told: more severe, gone, another thing, or a field that was not named. */
function isWorse(told: Alert, now: Alert): boolean {
  if (rankOf(now.severity) < rankOf(told.severity)) return true
  if (weightOf(now) > weightOf(told) || (now.replaced && !told.replaced)) return true
  const named = new Set(told.paths)
  return now.paths.some((path) => !named.has(path))
}

const weightOf = ({ status }: Alert): number => (status === null ? 0 : weights[status])

export const knownOf = ({ pending, said, told }: Pick<SubjectRow, 'pending' | 'said' | 'told'>): Known => ({
  pending,
  said: JSON.parse(said) as Alert,
  told: told === null ? null : (JSON.parse(told) as Alert),
})
