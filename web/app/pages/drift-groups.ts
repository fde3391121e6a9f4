import type { DriftItem } from '../client/types.ts'

/** What is the same on several things: one row of the list. */
export interface DriftGroup {
  /** The id of its first item. */
  readonly id: string
  readonly first: DriftItem
  readonly items: readonly DriftItem[]
}

const severityOrder = ['critical', 'high', 'medium', 'low'] as const
const statusOrder = ['missing', 'changed', 'unmanaged', 'unknown', 'in_sync'] as const

const urgency = ({ severity, status }: DriftItem): number =>
  (status === 'unknown' ? 4 : severity === null ? 3 : severityOrder.indexOf(severity)) * 10 +
  statusOrder.indexOf(status)

const sameness = ({ status, severity, type, reason, fields, replaced, tier, rule }: DriftItem): string =>
  JSON.stringify([status, severity, type, reason, replaced, tier, rule, fields])

/** Items as groups of the same difference, the most urgent first, then the newest. */
export function driftGroups(items: readonly DriftItem[]): readonly DriftGroup[] {
  const groups = new Map<string, DriftItem[]>()
  for (const item of items) {
    // Two things that nothing is said of have nothing in common.
    const key = item.fields.length === 0 && item.status !== 'unknown' ? item.id : sameness(item)
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  return [...groups.values()]
    .flatMap((all) => (all[0] === undefined ? [] : [{ id: all[0].id, first: all[0], items: all }]))
    .sort((a, b) => urgency(a.first) - urgency(b.first) || (b.first.since ?? '').localeCompare(a.first.since ?? ''))
}
