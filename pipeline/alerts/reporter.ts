import type { GroupRow } from '../../storage/alerts/alert-rows.ts'
import type { AlertStore } from '../../storage/alerts/alert-store.ts'
import { type Alert, type AlertItem, itemOf } from './alert.ts'
import { type AlertMessage, incidentOf, maxItems, rankOf, shortHash, titleOf, worstOf } from './message.ts'
import type { Route } from './routes.ts'

export type OpenGroup = GroupRow

export interface ReporterParts {
  readonly store: AlertStore
  /** A message was given up because a sink's queue was full. */
  overflowed(sink: string): void
}

/** Messages that may wait for one sink; beyond that the oldest is given up. */
const maxQueue = 1_000

/** Makes the messages of groups, each in one row of the outbox for each of its route's sinks. */
export class Reporter {
  readonly #parts: ReporterParts

  constructor(parts: ReporterParts) {
    this.#parts = parts
  }

  /** Tells what waits in a group. @returns 0 where nothing does any more */
  report(route: Route, group: GroupRow, nowMs: number): number {
    const { store } = this.#parts
    const { grouped } = group
    const counts = { ...store.waitingCounts(route.name, grouped), changes: group.eventCount }
    const waiting = store.waiting(route.name, grouped, maxItems).map(({ said }) => JSON.parse(said) as Alert)
    const events = JSON.parse(group.events) as AlertItem[]
    store.setTold(route.name, grouped)
    const total = counts.open + counts.changed + counts.resolved + counts.changes
    if (total > 0) {
      const items = [...waiting.map(itemOf), ...events].sort(worstFirst).slice(0, maxItems)
      const entries = [...waiting.map(({ entry }) => entry), ...events.map(({ subject }) => subject)]
      this.#enqueue(route, group, { kind: 'report', counts, items, total, entries }, nowMs)
    }
    this.#settle(route, group, total > 0 ? nowMs : group.toldAtMs)
    return total > 0 ? 1 : 0
  }

  /** Tells again what is open in a group. @returns 0 where nothing is */
  repeat(route: Route, group: GroupRow, nowMs: number): number {
    const { store } = this.#parts
    const open = store.open(route.name, group.grouped, maxItems)
    if (open.length > 0) {
      const items = open.map(({ said }) => itemOf(JSON.parse(said) as Alert))
      const counts = { open: 0, changed: 0, resolved: 0, changes: 0 }
      const total = store.openCount(route.name, group.grouped)
      this.#enqueue(route, group, { kind: 'repeat', counts, items, total, entries: [] }, nowMs)
    }
    this.#settle(route, group, nowMs)
    return open.length > 0 ? 1 : 0
  }

  #settle({ name }: Route, group: GroupRow, toldAtMs: number | null): void {
    const { store } = this.#parts
    if (!store.hasSubjects(name, group.grouped)) store.dropGroup(name, group.grouped)
    else store.putGroup({ ...group, dueAtMs: null, waitMs: 0, toldAtMs, events: '[]', eventCount: 0 })
  }

  #enqueue(
    route: Route,
    { grouped, labels, toldAtMs }: GroupRow,
    of: Pick<AlertMessage, 'kind' | 'counts' | 'items'> & {
      readonly total: number
      readonly entries: readonly string[]
    },
    nowMs: number,
  ): void {
    const { store, overflowed } = this.#parts
    const { kind, counts, items, total, entries } = of
    const incident = incidentOf(route.name, grouped)
    const written: Omit<AlertMessage, 'title'> = {
      // Entries are numbered by their log: one that is restored gives the same numbers to others.
      id: shortHash('message', store.mark('log_id') ?? '', incident, kind, toldAtMs ?? 0, total, ...entries),
      at: new Date(nowMs).toISOString(),
      ...{ kind, route: route.name, incident, labels: JSON.parse(labels), severity: worstOf(items), counts },
      still_open: store.openCount(route.name, grouped),
      ...{ items, omitted: total - items.length },
    }
    const message = JSON.stringify(route.say({ ...written, title: titleOf(written) }))
    for (const sink of route.to) {
      store.enqueue({ sink, id: written.id, incident, message, createdAtMs: nowMs })
      if (store.depth(sink) <= maxQueue) continue
      const oldest = store.oldest(sink)
      if (oldest === null) continue
      store.bury(oldest.seq, nowMs, 'queue_full')
      overflowed(sink)
    }
  }
}

const worstFirst = (a: AlertItem, b: AlertItem): number => rankOf(a.severity) - rankOf(b.severity)
