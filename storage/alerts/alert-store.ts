import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { type Row, text } from '../change-row.ts'
import { asStorageError } from '../data-dir.ts'
import { alertFilePath, openAlertFile } from './alert-file.ts'
import { AlertJournal } from './alert-journal.ts'
import {
  type DeadRow,
  type GroupRow,
  type OutboxRow,
  type Pending,
  type SubjectRow,
  toDead,
  toGroup,
  toOutbox,
  toSubject,
} from './alert-rows.ts'
import { alertStatements } from './alert-statements.ts'

/** Dead letters that are kept, the newest. */
const maxDead = 1_000

/** The alerts' own file: what was told, what waits to be told, and the messages under way. Every write belongs to the transaction that is open. */
export class AlertStore implements Disposable {
  readonly #db: DatabaseSync
  readonly #path: string
  readonly #sql: Record<keyof typeof alertStatements, StatementSync>
  #isWriting = false
  /** The last message that may be sent; null: all may. */
  #sendable: number | null = null

  /** @param logId of the change log that the positions in it are of */
  constructor(dataDir: string, logId: string) {
    this.#path = alertFilePath(dataDir)
    const db = openAlertFile(dataDir, logId)
    this.#db = db
    this.#sql = Object.fromEntries(
      Object.entries(alertStatements).map(([name, sql]) => [name, db.prepare(sql)]),
    ) as Record<keyof typeof alertStatements, StatementSync>
  }

  /** Notes changes from now on, for a copy elsewhere: messages are sent only once it has them. */
  journal(): AlertJournal {
    this.#sendable = 0
    return new AlertJournal(this.#db)
  }
  /** The copy has all messages that are there now. */
  release(): void {
    this.#sendable = Number(this.#get('lastSeq')?.seq ?? 0)
  }

  /** Runs writes as one transaction, on the disk when it returns; within another one as a part of it. @throws VainoError as the disk says */
  transaction<T>(write: () => T): T {
    if (this.#isWriting) return write()
    this.#reporting(() => this.#db.exec('BEGIN IMMEDIATE'))
    this.#isWriting = true
    try {
      const result = write()
      this.#reporting(() => this.#db.exec('COMMIT'))
      return result
    } catch (error) {
      this.#db.exec('ROLLBACK')
      throw error
    } finally {
      this.#isWriting = false
    }
  }

  /** How far a log has been read, or what else has to be known after a restart; null: not said yet. */
  mark(name: string): string | null {
    return text(this.#get('meta', name)?.value)
  }
  setMark(name: string, value: string | null): void {
    if (value === null) this.#run('dropMeta', name)
    else this.#run('setMeta', name, value)
  }

  subject(route: string, subject: string): SubjectRow | null {
    const row = this.#get('subject', route, subject)
    return row === null ? null : toSubject(row)
  }
  putSubject(of: SubjectRow): void {
    this.#run(
      'putSubject',
      ...[of.route, of.subject, of.source, of.grouped, of.scope, of.rank, of.pending, of.heldUntil],
      ...[of.said, of.told, of.generation],
    )
  }
  /** What a message has told of a subject, whichever route's; null: none has. */
  told(subject: string): string | null {
    return text(this.#get('told', subject)?.told)
  }
  dropSubject(route: string, subject: string): void {
    this.#run('dropSubject', route, subject)
  }
  /** Subjects of a source that the comparison of this generation has not seen, after one; a page. */
  unseen(route: string, source: string, generation: number, after: string): SubjectRow[] {
    return this.#all('unseen', route, source, generation, after).map(toSubject)
  }

  /** What the next message of a group tells, the worst first. */
  waiting(route: string, grouped: string, limit: number): SubjectRow[] {
    return this.#all('waiting', route, grouped, limit).map(toSubject)
  }
  waitingCounts(route: string, grouped: string): Record<Pending, number> {
    const counts = { open: 0, changed: 0, resolved: 0 }
    for (const { pending, count } of this.#all('waitingCounts', route, grouped))
      counts[String(pending) as Pending] = Number(count)
    return counts
  }
  /** What a group has been told to be open, the worst first. */
  open(route: string, grouped: string, limit: number): SubjectRow[] {
    return this.#all('open', route, grouped, limit).map(toSubject)
  }
  openCount(route: string, grouped: string): number {
    return Number(this.#get('openCount', route, grouped)?.count)
  }
  /** All that waited in a group is told now. */
  setTold(route: string, grouped: string): void {
    this.#run('dropResolved', route, grouped)
    this.#run('setTold', route, grouped)
  }
  /** Moves all of a group to another one and drops it. */
  mergeGroup(route: string, from: string, to: string): void {
    this.#run('regroup', to, route, from)
    this.#run('dropGroup', route, from)
  }
  hasSubjects(route: string, grouped: string): boolean {
    return this.#get('hasAny', route, grouped) !== null
  }

  /** Scopes of which something waits for scans. */
  heldScopes(): string[] {
    return this.#all('heldScopes').map(({ scope }) => String(scope))
  }
  /** Scans that have ended since something of the scope began to wait. */
  scansOf(scope: string): { readonly ended: string; readonly count: number } | null {
    const row = this.#get('scan', scope)
    return row === null ? null : { ended: String(row.ended), count: Number(row.count) }
  }
  /** Counts, and releases what has waited for as many scans. @returns the groups in which something is released */
  setScans(scope: string, ended: string, count: number): Pick<GroupRow, 'route' | 'grouped'>[] {
    this.#run('setScan', scope, ended, count)
    const released = this.#all('released', scope, count)
    if (released.length > 0) this.#run('release', scope, count)
    this.#run('dropScans')
    return released.map(({ route, grouped }) => ({ route: String(route), grouped: String(grouped) }))
  }

  group(route: string, grouped: string): GroupRow | null {
    const row = this.#get('group', route, grouped)
    return row === null ? null : toGroup(row)
  }
  putGroup(of: GroupRow): void {
    this.#run(
      'putGroup',
      ...[of.route, of.grouped, of.labels, of.dueAtMs, of.waitMs, of.toldAtMs, of.events, of.eventCount],
    )
  }
  dropGroup(route: string, grouped: string): void {
    this.#run('dropGroup', route, grouped)
  }
  /** All groups of a route; bounded by the router. */
  groups(route: string): GroupRow[] {
    return this.#all('groups', route).map(toGroup)
  }
  groupCount(route: string): number {
    return Number(this.#get('groupCount', route)?.count)
  }
  routes(): string[] {
    return this.#all('routes').map(({ route }) => String(route))
  }
  dropRoute(route: string): void {
    this.#run('dropRouteSubjects', route)
    this.#run('dropRouteGroups', route)
  }

  enqueue(of: Pick<OutboxRow, 'sink' | 'id' | 'incident' | 'message' | 'createdAtMs'>): void {
    this.#run('enqueue', of.sink, of.id, of.incident, of.message, of.createdAtMs, of.createdAtMs)
  }
  /** The next message of a sink that may be sent now; null: none. */
  next(sink: string, nowMs: number): OutboxRow | null {
    const row = this.#get('next', sink, nowMs, this.#sendable ?? Number.MAX_SAFE_INTEGER)
    return row === null ? null : toOutbox(row)
  }
  /** When the first of a sink's messages is tried next, Unix milliseconds; null: none waits. */
  nextAtMs(sink: string): number | null {
    const at = this.#get('nextAt', sink)?.at
    return at == null ? null : Number(at)
  }
  delivered(seq: number): void {
    this.#run('delivered', seq)
  }
  failed(seq: number, error: string, nextAtMs: number, waitMs: number): void {
    this.#run('failed', error, nextAtMs, waitMs, seq)
  }
  /** Gives a message up: it stays as a dead letter. */
  bury(seq: number, atMs: number, reason: string, error: string | null = null): void {
    this.#run('bury', atMs, reason, error, seq)
    this.#run('trimDead', maxDead)
  }
  /** Messages of a sink that wait. */
  depth(sink: string): number {
    return Number(this.#get('depth', sink)?.count)
  }
  oldest(sink: string): OutboxRow | null {
    const row = this.#get('oldest', sink)
    return row === null ? null : toOutbox(row)
  }
  /** Sinks for which something waits. */
  pendingSinks(): string[] {
    return this.#all('pendingSinks').map(({ sink }) => String(sink))
  }
  /** What waits for a sink; a page. */
  ofSink(sink: string): OutboxRow[] {
    return this.#all('ofSink', sink).map(toOutbox)
  }
  /** Dead letters before one, newest first. */
  dead(before: number, limit: number): DeadRow[] {
    return this.#all('dead', before, limit).map(toDead)
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }

  #run(name: keyof typeof alertStatements, ...parameters: SQLInputValue[]): void {
    this.#reporting(() => this.#sql[name].run(...parameters))
  }
  #get(name: keyof typeof alertStatements, ...parameters: SQLInputValue[]): Row | null {
    return this.#reporting(() => this.#sql[name].get(...parameters) ?? null)
  }
  #all(name: keyof typeof alertStatements, ...parameters: SQLInputValue[]): Row[] {
    return this.#reporting(() => this.#sql[name].all(...parameters))
  }
  #reporting<T>(act: () => T): T {
    try {
      return act()
    } catch (error) {
      throw asStorageError(error, this.#path)
    }
  }
}
