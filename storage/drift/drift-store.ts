import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import type { Position } from '../../model/cursor.ts'
import type { Scope } from '../../model/scope.ts'
import { type Row, text } from '../change-row.ts'
import { asStorageError } from '../data-dir.ts'
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
  toHeld,
  toInstance,
  toLogRow,
  toNewest,
  toPair,
  toProblem,
} from './drift-rows.ts'
import { driftStatements } from './drift-statements.ts'

/** Rows read at a time of what may be long. */
const pageRows = 256

/** The drift view's own file. Every write belongs to the transaction that is open. */
export class DriftStore implements Disposable {
  /** 16 hex digits: the identity of the drift log, which travels in its cursors. */
  readonly logId: string
  readonly #db: DatabaseSync
  readonly #path: string
  readonly #sql: Record<keyof typeof driftStatements, StatementSync>
  #revision = 0
  /** The time of the newest entry; null: not read yet. */
  #lastAtMs: number | null = null

  constructor(dataDir: string, identity: DriftFileIdentity) {
    this.#path = driftFilePath(dataDir)
    const db = openDriftFile(this.#path, identity)
    this.#db = db
    this.#sql = Object.fromEntries(
      Object.entries(driftStatements).map(([name, sql]) => [name, db.prepare(sql)]),
    ) as Record<keyof typeof driftStatements, StatementSync>
    this.logId = this.#meta('drift_log') ?? ''
  }

  /** Runs writes as one transaction. @throws VainoError as the disk says; nothing is written then */
  transaction<T>(write: () => T): T {
    this.#reporting(() => this.#db.exec('BEGIN IMMEDIATE'))
    try {
      const result = write()
      this.#reporting(() => this.#db.exec('COMMIT'))
      this.#revision++
      return result
    } catch (error) {
      this.#lastAtMs = null
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
    this.#sql.setMeta.run('position', JSON.stringify(position))
  }

  pairs(): DriftPair[] {
    return this.#all('pairs').map(toPair)
  }
  addPair(state: Scope, live: Scope, loadedTo: string): DriftPair {
    const { lastInsertRowid } = this.#sql.addPair.run(state, live, loadedTo)
    const id = Number(lastInsertRowid)
    return { id, state, live, loadedTo, ended: '', problem: null, attemptAtMs: null, everyMs: null }
  }
  setPair({ id, loadedTo, ended, problem, attemptAtMs, everyMs }: DriftPair): void {
    this.#sql.setPair.run(loadedTo, ended, problem && JSON.stringify(problem), attemptAtMs, everyMs, id)
  }
  /** The pair alone; its instances go first, each with its entry in the log. */
  dropPair(id: number): void {
    this.#sql.dropProblems.run(id)
    this.#sql.dropPair.run(id)
  }

  instance(pair: number, address: string): DriftInstance | null {
    const row = this.#get('instance', pair, address)
    return row === null ? null : toInstance(row)
  }
  put(of: DriftInstance): void {
    this.#sql.put.run(
      ...[of.pair, of.address, of.status, of.reason, of.provider, of.type, of.account, of.region, of.namespace],
      ...[of.header, Number(of.isGone), of.digest, of.baseline, of.item, of.logged, of.openedAtMs],
      ...[of.madeBy, of.heldUntilMs],
    )
  }
  remove(pair: number, address: string): void {
    this.#sql.unask.run(pair, address)
    this.#sql.dropSiblings.run(pair, address)
    this.#sql.remove.run(pair, address)
  }

  hasSibling(pair: number, text: string, except: string): boolean {
    return this.#get('hasSibling', pair, text, except) !== null
  }
  /** Sets the texts by which an instance is known to others. @returns those that came or went */
  setSiblings(pair: number, address: string, texts: readonly string[]): string[] {
    const before = new Set(this.#all('siblings', pair, address).map((row) => String(row.text)))
    const now = new Set(texts)
    const moved = [...before.symmetricDifference(now)]
    if (moved.length === 0) return moved
    this.#sql.dropSiblings.run(pair, address)
    for (const text of now) this.#sql.addSibling.run(pair, text, address)
    return moved
  }
  /** Notes which ids a verdict asked for. */
  setAsked(pair: number, address: string, ids: Iterable<string>): void {
    this.#sql.unask.run(pair, address)
    for (const id of ids) this.#sql.ask.run(pair, id, address)
  }
  /** The addresses whose verdicts asked for an id. */
  askers(pair: number, id: string): string[] {
    return this.#all('askers', pair, id).map(({ address }) => String(address))
  }

  /** Addresses of a pair that are unknown for a reason, after one; a page. */
  withReason(pair: number, reason: string, after: string): string[] {
    return this.#all('unread', pair, reason, after).map(({ address }) => String(address))
  }
  /** Addresses of a pair after one; a page. */
  addresses(pair: number, after: string): string[] {
    return this.#all('addresses', pair, after).map(({ address }) => String(address))
  }

  /** Whether the last ended live scan believes that an address is missing. */
  isMissing(pair: number, address: string): boolean {
    return this.#get('isMissing', pair, address) !== null
  }
  /** At most as many as one scan's warning names. */
  missing(pair: number): Set<string> {
    return new Set(this.#all('missing', pair).map(({ address }) => String(address)))
  }
  /** What the last ended live scan says of single addresses: why they were not read, or that they are missing. */
  setProblems(pair: number, unread: ReadonlyMap<string, DriftProblem>, missing: ReadonlySet<string>): void {
    this.#sql.dropProblems.run(pair)
    for (const address of missing) this.#sql.setProblem.run(pair, address, null)
    for (const [address, problem] of unread) this.#sql.setProblem.run(pair, address, JSON.stringify(problem))
  }

  /** Instances of a pair after an address, those in sync only where they were not read or are asked for; a page. */
  listed(pair: number, after: string, inSyncToo: boolean): ListedInstance[] {
    const rows = this.#all('listed', pair, after, Number(inSyncToo))
    return rows.map((row) => ({ ...toInstance(row), problem: toProblem(row.problem) }))
  }
  counts({ provider, account, type, location }: DriftColumns = {}): DriftCount[] {
    return this.#all('counts', provider ?? null, account ?? null, type ?? null, location ?? null).map((row) => ({
      pair: Number(row.pair),
      status: String(row.status),
      isProblem: Number(row.is_problem) === 1,
      count: Number(row.count),
    }))
  }

  /** Instances that were held until a time or earlier, the earliest first; a page. */
  due(timeMs: number): HeldInstance[] {
    return this.#all('due', timeMs).map(toHeld)
  }

  /** @param answeredMs a time as of which the log was answered: the entry is later than that, whatever it says itself */
  append({ atMs, state, address, isOpen, entry }: NewLogRow, answeredMs: number): void {
    this.#lastAtMs ??= Number(this.#get('lastAt')?.at ?? 0)
    this.#lastAtMs = Math.max(atMs, this.#lastAtMs, answeredMs + 1)
    this.#sql.append.run(this.#lastAtMs, state, address, Number(isOpen), entry)
  }
  /** Offset of the newest entry, 0 for none. */
  get head(): number {
    return Number(this.#get('logHead')?.head)
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
    this.#sql.setMeta.run('floor_ms', String(timeMs))
  }
  /** The offset of the newest entry at or before a time. */
  offsetAt(timeMs: number): number {
    return Math.max(this.floor, Number(this.#get('upTo', timeMs)?.last ?? 0))
  }
  /** The newest entry up to an offset of each item after one, by state and address; a page. */
  newest(offset: number, state: string, address: string): NewestLogRow[] {
    return this.#all('newest', offset, state, address).map(toNewest)
  }
  log(after: number, through: number, limit: number): DriftLogRow[] {
    return this.#all('log', after, through, Math.min(limit, pageRows)).map(toLogRow)
  }
  /** The newest entries of one item up to an offset, in order. */
  entriesOf(state: Scope, address: string, offset: number): string[] {
    return this.#all('entriesOf', state, address, offset)
      .map(({ entry }) => String(entry))
      .reverse()
  }
  /** Drops entries from before a time, and the oldest beyond a number; what is open stays. */
  trimLog(beforeMs: number, maxEntries: number): void {
    const byAge = Number(this.#get('upTo', beforeMs)?.last ?? 0)
    const floor = Math.max(byAge, this.head - maxEntries)
    if (floor <= this.floor) return
    this.floorMs = Math.max(this.floorMs, Number(this.#get('atOffset', floor)?.at ?? 0))
    this.#sql.setMeta.run('floor', String(floor))
    this.#sql.trim.run(floor)
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }

  #meta(name: string): string | null {
    return text(this.#get('meta', name)?.value)
  }

  #get(name: keyof typeof driftStatements, ...parameters: SQLInputValue[]): Row | null {
    return this.#reporting(() => this.#sql[name].get(...parameters) ?? null)
  }
  #all(name: keyof typeof driftStatements, ...parameters: SQLInputValue[]): Row[] {
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
