import type { GroupRow, SubjectRow } from '../../storage/alerts/alert-rows.ts'
import type { AlertStore } from '../../storage/alerts/alert-store.ts'
import { type Alert, type AlertItem, itemOf } from './alert.ts'
import { type Edge, edge, knownOf } from './edge.ts'
import { maxItems, rankOf } from './message.ts'
import { type OpenGroup, Reporter, type ReporterParts } from './reporter.ts'
import type { Route } from './routes.ts'

export interface RouterParts extends ReporterParts {
  readonly store: AlertStore
  readonly routes: readonly Route[]
  /** When the last complete scan of a scope ended, RFC 3339; empty: never, or nobody scans it. */
  scanEnded(scope: string): string
  /** Something was not told, because it was over before, or was no longer what the route is about. */
  dropped(reason: 'never_told' | 'no_match'): void
}

/** Groups that a route may have at a time; what would begin one more is told together. */
const maxGroups = 100
/** Groups that may begin at once, each with a message of its own; more are told together. */
const maxNewGroups = 20
/** The group of what is told together. */
const everythingElse = '*'

/**
 * What each route has told and has to tell. Everything happens in the store's transactions; nothing but the given time and the store
 * decides, so what a crash has undone is done again in the same way.
 */
export class AlertRouter {
  readonly #parts: RouterParts
  readonly #reporter: Reporter

  constructor(parts: RouterParts) {
    this.#parts = parts
    this.#reporter = new Reporter(parts)
  }

  /**
   * Takes one alert to each route that is about it.
   * @param isSuppressed a rule ignores it: it is told by no route, and what was told of it is over
   * @param generation of a comparison that is under way
   */
  take(given: Alert, isSuppressed: boolean, nowMs: number, generation = 0): void {
    const alert: Alert = isSuppressed ? { ...given, event: 'resolved', message: 'a rule ignores it' } : given
    for (const route of this.#parts.routes) {
      if (!route.on.has(alert.source)) continue
      const wants = !isSuppressed && route.wants(alert)
      if (alert.source === 'changes') {
        if (wants) this.#addEvent(route, alert, nowMs)
      } else this.#takeTo(route, alert, wants, nowMs, generation)
    }
  }

  /** What a comparison has not seen is over. @param ended as of when, RFC 3339 @returns how many; fewer than a page: all were looked at */
  resolveUnseen(source: 'drift' | 'health', generation: number, ended: string, nowMs: number): number {
    const { store, routes } = this.#parts
    let count = 0
    for (const { name } of routes) {
      const page = store.unseen(name, source, generation, '')
      for (const { said } of page) {
        const alert: Alert = { ...(JSON.parse(said) as Alert), event: 'resolved', at: ended, duration_seconds: null }
        this.take(alert, false, nowMs, generation)
      }
      count = Math.max(count, page.length)
    }
    return count
  }

  /** Looks whether scans have ended for which something waits. */
  countScans(nowMs: number): void {
    const { store, scanEnded, routes } = this.#parts
    for (const scope of store.heldScopes()) {
      const ended = scanEnded(scope)
      const before = store.scansOf(scope) ?? { ended, count: 0 }
      if (ended === before.ended) continue
      for (const { route: name, grouped } of store.setScans(scope, ended, before.count + 1)) {
        const route = routes.find((one) => one.name === name)
        const group = store.group(name, grouped)
        if (route !== undefined && group !== null) this.#schedule(route, group, nowMs)
      }
    }
  }

  /** Makes the messages that are due. @returns how many */
  flush(nowMs: number): number {
    let count = 0
    for (const route of this.#parts.routes) {
      if (route.isQuiet(nowMs)) continue
      this.#gather(route, nowMs)
      for (const group of this.#parts.store.groups(route.name)) {
        if (isDue(group, nowMs)) count += this.#reporter.report(route, group, nowMs)
        else if (isToRepeat(route, group, nowMs)) count += this.#reporter.repeat(route, group, nowMs)
      }
    }
    return count
  }

  #takeTo(route: Route, alert: Alert, wants: boolean, nowMs: number, generation: number): void {
    const { store } = this.#parts
    const row = store.subject(route.name, alert.subject)
    const found = edge(row === null ? null : knownOf(row), alert, wants)
    if (found.known === null || (found.known.pending === 'resolved' && !route.tellsResolved)) {
      if (row !== null) this.#drop(row, found)
      return
    }
    const { known } = found
    const group = this.#groupOf(route, row, alert)
    const isNew = row === null && alert.source === 'drift'
    store.putSubject({
      ...{ route: route.name, subject: alert.subject, source: alert.source, grouped: group.grouped },
      ...{ scope: alert.scannedScope, rank: rankOf(known.said.severity), pending: known.pending },
      heldUntil: isNew ? this.#heldUntil(route, alert) : (row?.heldUntil ?? null),
      said: JSON.stringify(known.said),
      told: known.told === null ? null : JSON.stringify(known.told),
      generation,
    })
    if (known.pending !== null) this.#schedule(route, group, nowMs)
  }

  #drop({ route, subject, grouped }: SubjectRow, found: Edge): void {
    const { store, dropped } = this.#parts
    store.dropSubject(route, subject)
    if (found.known === null && found.dropped !== null) dropped(found.dropped)
    const group = store.group(route, grouped)
    if (group !== null && group.eventCount === 0 && !store.hasSubjects(route, grouped)) store.dropGroup(route, grouped)
  }

  /** The number of scans at which it is told: the one that found it counts. */
  #heldUntil({ afterScans }: Route, { scannedScope, at }: Alert): number | null {
    if (afterScans === 1) return null
    const { store, scanEnded } = this.#parts
    const ended = scanEnded(scannedScope)
    const before = store.scansOf(scannedScope)
    if (before === null) store.setScans(scannedScope, ended, 0)
    // Where that scan has ended already, it is one of those that are counted.
    return (before?.count ?? 0) + afterScans - (ended >= at ? 1 : 0)
  }

  #groupOf(route: Route, row: SubjectRow | null, alert: Alert): OpenGroup {
    const { store } = this.#parts
    if (row !== null) {
      const known = store.group(route.name, row.grouped)
      if (known !== null) return known
      return emptyGroup(route.name, row.grouped, row.grouped === everythingElse ? {} : route.groupOf(alert).labels)
    }
    const { key, labels } = route.groupOf(alert)
    const known = store.group(route.name, key)
    if (known !== null) return known
    if (store.groupCount(route.name) < maxGroups) return emptyGroup(route.name, key, labels)
    return store.group(route.name, everythingElse) ?? emptyGroup(route.name, everythingElse, {})
  }

  #addEvent(route: Route, alert: Alert, nowMs: number): void {
    const group = this.#groupOf(route, null, alert)
    const events = JSON.parse(group.events) as AlertItem[]
    const isShown = events.length < maxItems
    const added = isShown ? JSON.stringify([...events, itemOf(alert)]) : group.events
    const more = { ...group, events: added, eventCount: group.eventCount + 1 }
    if (group.dueAtMs === null) this.#schedule(route, more, nowMs)
    else this.#parts.store.putGroup(more)
  }

  /** Puts a group down for its next message. */
  #schedule(route: Route, group: OpenGroup, nowMs: number): void {
    if (group.dueAtMs !== null) return
    this.#parts.store.putGroup({ ...group, dueAtMs: nowMs + route.digestMs, waitMs: route.digestMs })
  }

  /** Where too many groups begin at once, they are one. */
  #gather(route: Route, nowMs: number): void {
    const { store } = this.#parts
    const fresh = store
      .groups(route.name)
      .filter((group) => group.toldAtMs === null && group.grouped !== everythingElse && isDue(group, nowMs))
    if (fresh.length <= maxNewGroups) return
    const rest = store.group(route.name, everythingElse) ?? emptyGroup(route.name, everythingElse, {})
    let events = JSON.parse(rest.events) as AlertItem[]
    let eventCount = rest.eventCount
    for (const group of fresh) {
      events = [...events, ...(JSON.parse(group.events) as AlertItem[])].slice(0, maxItems)
      eventCount += group.eventCount
      store.mergeGroup(route.name, group.grouped, everythingElse)
    }
    const dueAtMs = rest.toldAtMs === null ? nowMs : Math.max(nowMs, rest.toldAtMs + route.digestMs)
    const waitMs = route.digestMs
    store.putGroup({ ...rest, events: JSON.stringify(events), eventCount, dueAtMs, waitMs })
  }
}

const emptyGroup = (route: string, grouped: string, labels: { readonly [name: string]: string }): GroupRow => ({
  ...{ route, grouped, labels: JSON.stringify(labels), dueAtMs: null, waitMs: 0 },
  ...{ toldAtMs: null, events: '[]', eventCount: 0 },
})

/** A due time that is further away than it ever was is one of a clock that has been set back. */
const isDue = ({ dueAtMs, waitMs }: GroupRow, nowMs: number): boolean =>
  dueAtMs !== null && (dueAtMs <= nowMs || dueAtMs - nowMs > waitMs)

function isToRepeat({ repeatMs }: Route, { toldAtMs, dueAtMs }: GroupRow, nowMs: number): boolean {
  if (repeatMs === null || toldAtMs === null || dueAtMs !== null) return false
  return nowMs - toldAtMs >= repeatMs || toldAtMs > nowMs
}
