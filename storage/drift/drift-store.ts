import type { DatabaseSync } from 'node:sqlite'
import type { Position } from '../../model/cursor.ts'
import type { Scope } from '../../model/scope.ts'
import { text } from '../change-row.ts'
import { type DriftFileIdentity, driftFilePath, openDriftFile } from './drift-file.ts'
import {
  type DriftColumns,
  type DriftCount,
  type DriftInstance,
  type DriftLogRow,
  type DriftPair,
  type DriftProblem,
  type HeldInstance,
  type ListedInstance,
  type NewestLogRow,
  type NewLogRow,
  pairIn,
  toInstance,
  toListed,
  toLogRow,
  toNewest,
  toPair,
} from './drift-rows.ts'
import { driftStatements } from './drift-statements.ts'
import { HeldInstances } from './held-instances.ts'
import { countInstances } from './instance-counts.ts'
import { JoinStore } from './join-store.ts'
import { JudgedTable } from './judged-table.ts'
import { Queries } from './queries.ts'
import { SiblingTable } from './sibling-table.ts'

/** The drift view's own file. Every write belongs to the transaction that is open. */
export class DriftStore implements Disposable {
  /** 16 hex digits: the identity of the drift log, which travels in its cursors. */
  readonly logId: string
  /** How managed instances and collected things belong together. */
  readonly join: JoinStore
  readonly siblings: SiblingTable
  /** What isn't in sync, as the rules see it; written by {@link judge} alone. */
  readonly judged: JudgedTable
  readonly #db: DatabaseSync
  readonly #sql: Queries<keyof typeof driftStatements>
  readonly #held: HeldInstances
  #revision = 0
  #counted: { readonly of: string; readonly counts: readonly DriftCount[] } | null = null
  /** The time of the newest entry; null: not read yet. */
  #lastAtMs: number | null = null

  constructor(dataDir: string, identity: DriftFileIdentity) {
    const path = driftFilePath(dataDir)
    this.#db = openDriftFile(path, identity)
    this.#sql = new Queries(this.#db, path, driftStatements)
    this.#held = new HeldInstances(this.#sql)
    this.join = new JoinStore(this.#db, path)
    this.siblings = new SiblingTable(this.#db, path)
    this.judged = new JudgedTable(this.#db, path)
    this.logId = this.#meta('drift_log') ?? ''
  }

  /** Runs writes as one transaction. @throws VainoError as the disk says; nothing is written then */
  transaction<T>(write: () => T): T {
    const result = this.judge(write)
    this.#revision++
    return result
  }

  /** As {@link transaction}, of what rules say: what the view holds stays as it is. */
  judge<T>(write: () => T): T {
    this.#sql.reporting(() => this.#db.exec('BEGIN IMMEDIATE'))
    try {
      const result = write()
      this.#sql.reporting(() => this.#db.exec('COMMIT'))
      return result
    } catch (error) {
      this.#lastAtMs = null
      this.#held.rolledBack()
      this.#db.exec('ROLLBACK')
      throw error
    }
  }

  /** Another number whenever something was committed. */
  get revision(): number {
    return this.#revision
  }

  /** How far the change log has been followed; null: nowhere yet. */
  get position(): Position | null {
    const stored = this.#meta('position')
    return stored === null ? null : JSON.parse(stored)
  }
  set position(position: Position) {
    this.#sql.run('setMeta', 'position', JSON.stringify(position))
  }

  pairs(): DriftPair[] {
    return this.#sql.all('pairs').map(toPair)
  }
  pairOf(state: Scope): DriftPair | null {
    return pairIn(this.#sql.get('pairOf', state))
  }
  /** The first one behind a state's scope, in the order of {@link pairs}. */
  pairAfter = (state: string): DriftPair | null => pairIn(this.#sql.get('pairAfter', state))
  pairById = (id: number): DriftPair | null => pairIn(this.#sql.get('pairById', id))
  addPair(of: Pick<DriftPair, 'state' | 'live' | 'collection' | 'addedAtMs' | 'loadedTo'>): DriftPair {
    const id = this.#sql.run('addPair', of.state, of.live, of.collection, of.addedAtMs, of.loadedTo)
    return { ...of, id, ended: '', problem: null, attemptAtMs: null, everyMs: null }
  }
  setPair({ id, live, loadedTo, ended, problem, attemptAtMs, everyMs }: DriftPair): void {
    this.#sql.run('setPair', live, loadedTo, ended, problem && JSON.stringify(problem), attemptAtMs, everyMs, id)
  }
  /** The pair alone; its instances go first, each with its entry in the log. */
  dropPair(id: number): void {
    this.#sql.run('dropProblems', id)
    this.#sql.run('dropPair', id)
  }

  instance(pair: number, address: string): DriftInstance | null {
    const row = this.#sql.get('instance', pair, address)
    return row === null ? null : toInstance(row)
  }
  /** As {@link instance}, its status alone. */
  statusOf = (pair: number, address: string): string | null => text(this.#sql.get('statusOf', pair, address)?.status)
  put(of: DriftInstance): void {
    this.#held.noted(of.heldUntilMs)
    this.#sql.run(
      'put',
      ...[of.pair, of.address, of.status, of.reason, of.provider, of.type, of.account, of.region, of.namespace],
      ...[of.header, Number(of.isGone), of.digest, of.baseline, of.item, of.logged, of.openedAtMs],
      ...[of.madeBy, of.heldUntilMs, of.holder],
    )
  }
  /** The instance alone; what it is wanted as goes with {@link JoinStore.setWanted}. */
  remove(pair: number, address: string): void {
    this.siblings.remove(pair, address)
    this.#sql.run('remove', pair, address)
  }

  /** Addresses that are unknown for a reason, after one; a page. */
  withReason = (pair: number, reason: string, after: string): string[] =>
    this.#sql.all('unread', pair, reason, after).map(({ address }) => String(address))
  /** Addresses of a pair after one; a page. */
  addresses = (pair: number, after: string): string[] =>
    this.#sql.all('addresses', pair, after).map(({ address }) => String(address))

  /** Addresses of a pair, after one, of which drift is open. */
  open = (pair: number, after: string, limit: number): string[] =>
    this.#sql.all('open', pair, after, limit).map(({ address }) => String(address))
  /** Whether the last ended live scan found an address null, and waits for a second witness. */
  isNulled = (pair: number, address: string): boolean => this.#sql.get('isNulled', pair, address) !== null
  /** Lays a reason over one instance, or (null) believes that it is missing. */
  setProblem(pair: number, address: string, problem: DriftProblem | null): void {
    this.#sql.run('setProblem', pair, address, problem && JSON.stringify(problem))
  }
  dropProblem(pair: number, address: string): void {
    this.#sql.run('dropProblem', pair, address)
  }
  /** Whether the last ended live scan believes that an address is missing. */
  isMissing = (pair: number, address: string): boolean => this.#sql.get('isMissing', pair, address) !== null
  /** At most as many as one scan's warning names. */
  missing(pair: number): Set<string> {
    return new Set(this.#sql.all('missing', pair).map(({ address }) => String(address)))
  }
  /** What the last ended live scan says of single addresses: why they were not read, or that they are missing. */
  setProblems(pair: number, unread: ReadonlyMap<string, DriftProblem>, missing: ReadonlySet<string>): void {
    this.#sql.run('dropProblems', pair)
    for (const address of missing) this.#sql.run('setProblem', pair, address, null)
    for (const [address, problem] of unread) this.#sql.run('setProblem', pair, address, JSON.stringify(problem))
  }

  /** Instances of a pair after an address that pass, those in sync only where they were not read or are asked for; a page. */
  listed(pair: number, after: string, inSyncToo: boolean, columns: DriftColumns = {}): ListedInstance[] {
    const { provider = null, account = null, type = null, location = null } = columns
    const statement = inSyncToo ? 'listedAll' : 'listed'
    return this.#sql.all(statement, pair, after, provider, account, type, location).map(toListed)
  }
  /** One of them, in sync or not; null where it is in no list. */
  listedOne(pair: number, address: string): ListedInstance | null {
    const row = this.#sql.get('listedOne', pair, address)
    return row === null ? null : toListed(row)
  }
  /** One question after another asks for the same counts. */
  counts(columns: DriftColumns = {}): readonly DriftCount[] {
    const of = JSON.stringify([this.#revision, columns.provider, columns.account, columns.type, columns.location])
    if (this.#counted?.of !== of) this.#counted = { of, counts: countInstances(this.#sql, columns) }
    return this.#counted.counts
  }

  /** @see HeldInstances.due */
  due = (timeMs: number): HeldInstance[] => this.#held.due(timeMs)

  /** @param answeredMs a time as of which the log was answered: the entry is later than that, whatever it says itself */
  append({ atMs, state, address, isOpen, entry }: NewLogRow, answeredMs: number): void {
    this.#lastAtMs ??= Number(this.#sql.get('lastAt')?.at ?? 0)
    this.#lastAtMs = Math.max(atMs, this.#lastAtMs, answeredMs + 1)
    this.#sql.run('append', this.#lastAtMs, state, address, Number(isOpen), entry)
  }
  /** Offset of the newest entry, 0 for none. */
  get head(): number {
    return Number(this.#sql.get('logHead')?.head)
  }
  /** Everything after it is kept. */
  get floor(): number {
    return Number(this.#meta('floor') ?? 0)
  }
  /** The time of the floor, Unix milliseconds: of an earlier time nothing is known. */
  get floorMs(): number {
    return Number(this.#meta('floor_ms') ?? 0)
  }
  set floorMs(timeMs: number) {
    this.#sql.run('setMeta', 'floor_ms', String(timeMs))
  }
  /** The offset of the newest entry at or before a time. */
  offsetAt(timeMs: number): number {
    return Math.max(this.floor, Number(this.#sql.get('upTo', timeMs)?.last ?? 0))
  }
  /** The newest entry up to an offset of each item after one, by state and address; a page. */
  newest(offset: number, state: string, address: string): NewestLogRow[] {
    return this.#sql.all('newest', offset, state, address).map(toNewest)
  }
  log(after: number, through: number, limit: number): DriftLogRow[] {
    return this.#sql.all('log', after, through, Math.min(limit, 256)).map(toLogRow)
  }
  /** The newest entries of one item up to an offset, in order. */
  entriesOf(state: Scope, address: string, offset: number): string[] {
    return this.#sql
      .all('entriesOf', state, address, offset)
      .map(({ entry }) => String(entry))
      .reverse()
  }
  /** Drops entries from before a time, and the oldest beyond a number; what is open stays. */
  trimLog(beforeMs: number, maxEntries: number): void {
    const byAge = Number(this.#sql.get('upTo', beforeMs)?.last ?? 0)
    const floor = Math.max(byAge, this.head - maxEntries)
    if (floor <= this.floor) return
    this.floorMs = Math.max(this.floorMs, Number(this.#sql.get('atOffset', floor)?.at ?? 0))
    this.#sql.run('setMeta', 'floor', String(floor))
    this.#sql.run('trim', floor)
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }

  #meta(name: string): string | null {
    return text(this.#sql.get('meta', name)?.value)
  }
}
