import { isAtLeast, type Position } from '../../model/cursor.ts'
import { partitionOf } from '../../model/partition.ts'
import type { DriftPair } from '../../storage/drift/drift-rows.ts'
import type { DriftStore } from '../../storage/drift/drift-store.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import { isOfApplied, selfSayingScopes } from './applied-pair.ts'
import { Discovery } from './discover.ts'
import { collectedScopes, terraformScopes } from './identities.ts'
import { InOrder } from './in-order.ts'
import { judge } from './judge.ts'
import { lookAtOpen, takeApplied } from './judge-applied.ts'
import type { Judging } from './judging.ts'
import { ListLook } from './list-look.ts'
import { loadedToNothing, loadSome } from './load-pair.ts'
import { Pairs } from './pairs.ts'
import { scanEndOf, takeScanEnd } from './scan-end.ts'
import { isCollected } from './scopes.ts'
import { StandingLook } from './standing-look.ts'
import { judgeStranger } from './stranger.ts'
import { takeAttribution, takeChange } from './take-change.ts'
import { takeCollected } from './take-collected.ts'

const followed = [...new Set([terraformScopes, ...collectedScopes, selfSayingScopes])]

/** Milliseconds of work in one transaction: in between, requests have their turn. */
const sliceMs = 10

/**
 * Brings the view's file up to the settled end of the change log, one short transaction after another. Changes are taken in one order that
 * doesn't depend on when they were committed, so a view that was interrupted comes to the log of one that wasn't.
 */
export class DriftFollower {
  readonly #reader: StateReader
  readonly #store: DriftStore
  readonly #judging: Judging
  readonly #pairs: Pairs
  readonly #discovery: Discovery
  readonly #lists: ListLook
  readonly #standings: StandingLook
  /** By partition: the commit up to which the ends of scans were looked at. */
  readonly #looked: number[] = []
  /** By pair: behind which address the objects are that are looked at again next. */
  readonly #openFrom = new Map<number, string>()
  /** The time of what was taken last, Unix milliseconds. */
  #nowMs = 0

  constructor(judging: Judging & { readonly reader: StateReader }) {
    this.#reader = judging.reader
    this.#store = judging.store
    this.#judging = judging
    this.#pairs = new Pairs(this.#store)
    this.#discovery = new Discovery(judging, this.#reader, this.#pairs)
    this.#lists = new ListLook(judging)
    this.#standings = new StandingLook(judging, judging.reader, this.#pairs)
  }

  /**
   * Takes everything that is settled.
   * @param looksAtScans whether scans that ended without a change are looked for too
   * @param turn awaited between two transactions; throws to end it there
   * @returns the settled time up to which everything is in the view now, Unix milliseconds
   * @throws VainoError `not_ready` while nothing is settled; what the disk says
   */
  async advance(looksAtScans: boolean, turn: () => Promise<void>): Promise<number> {
    const { position: through, asOfMs } = this.#reader.asOf(Number.POSITIVE_INFINITY)
    this.#judging.scopes.refresh(asOfMs)
    this.#begin(through)
    for (;;) {
      await this.#load(turn)
      if (await this.#fold(through, turn)) break
    }
    this.#nowMs = asOfMs
    while (!this.#releaseSlice(asOfMs)) await turn()
    if (looksAtScans) {
      await this.#lookAtScans(turn)
      await this.#lists.look(this.#position, turn)
      await this.#load(turn)
    }
    return asOfMs
  }

  /** Begins at the oldest position from which the log can be followed: anew, or where retention was faster than the view. */
  #begin(through: Position): void {
    const position = this.#store.position
    const floor = this.#reader.floor()
    if (position !== null && isAtLeast(position, floor)) return
    this.#store.transaction(() => {
      this.#store.position = floor.map((offset, partition) => Math.max(offset, position?.[partition] ?? 0))
      // Before that nobody was looking, or retention has removed what was seen.
      this.#store.floorMs = position === null ? this.#firstMs(floor, through) : Date.now()
      this.#nowMs = this.#store.floorMs
      for (const pair of this.#pairs.all) this.#pairs.set({ ...pair, loadedTo: loadedToNothing.again })
      this.#discovery.all(this.#position, this.#nowMs)
    })
  }

  /** The time of the first change that is followed; now where some are kept no more. */
  #firstMs(floor: Position, through: Position): number {
    if (floor.some((offset) => offset > 0)) return Date.now()
    return new InOrder(this.#reader, followed, floor, through).peek()?.recordedAtMs ?? Date.now()
  }

  /** Judges what the pairs hold that are new, as of the position that is reached. */
  async #load(turn: () => Promise<void>): Promise<void> {
    for (;;) {
      const pair = this.#pairs.loading
      if (pair === undefined) {
        if (!this.#discovery.mayHaveMoved) return
        this.#store.transaction(() => this.#discovery.accountsMoved(this.#position, this.#nowMs))
        continue
      }
      const untilMs = performance.now() + sliceMs
      this.#store.transaction(() =>
        this.#pairs.set(loadSome(this.#judging, this.#reader, pair, this.#position, untilMs)),
      )
      await turn()
    }
  }

  /** @returns false where something was found that has to be loaded before the log goes on */
  async #fold(through: Position, turn: () => Promise<void>): Promise<boolean> {
    if (isAtLeast(this.#position, through)) return true
    const changes = new InOrder(this.#reader, followed, this.#position, through)
    for (;;) {
      const outcome = this.#store.transaction(() => this.#foldSome(changes, through))
      if (outcome !== 'more') return outcome === 'done'
      await turn()
    }
  }

  #foldSome(changes: InOrder, through: Position): 'more' | 'done' | 'found' {
    const position = [...this.#position]
    const untilMs = performance.now() + sliceMs
    let outcome: 'more' | 'done' | 'found' = 'more'
    do {
      const change = changes.peek()
      if (change === null) {
        outcome = 'done'
        break
      }
      if (this.#discovery.ofChange(change.scope, change.recordedAtMs)) {
        outcome = 'found'
        break
      }
      const before = [...position]
      if (!this.#releaseSome(change.recordedAtMs, before, untilMs)) break
      changes.take()
      this.#nowMs = change.recordedAtMs
      position[change.partition] = change.offset
      const applied = this.#pairs.ofApplied(change.scope)
      if (applied !== undefined) takeApplied(this.#judging, applied, change, position)
      const pair = this.#pairs.get(change.scope)
      if (isCollected(change.scope)) {
        if (this.#pairs.hasStates) takeCollected(this.#judging, pair ?? null, change, position)
      } else if (pair === undefined) continue
      else if (change.op === 'a') takeAttribution(this.#judging, pair, change, position)
      else takeChange(this.#judging, pair, change.toChange(this.#reader.encode(position)), before, position)
      if (this.#discovery.accountsMoved(position, change.recordedAtMs)) outcome = 'found'
    } while (outcome === 'more' && performance.now() < untilMs)
    this.#store.position = outcome === 'done' ? through.map((end, p) => Math.max(end, position[p] ?? 0)) : position
    return outcome
  }

  #releaseSlice(timeMs: number): boolean {
    if (this.#store.due(timeMs).length === 0) return true
    const untilMs = performance.now() + sliceMs
    return this.#store.transaction(() => this.#releaseSome(timeMs, this.#position, untilMs))
  }

  /**
   * Judges what was held until a time or earlier, in that order, as if a change of its time had come. Runs in the store's transaction.
   * @param untilMs when to leave the rest to the next time, of `performance.now()`
   * @returns whether that was all
   */
  #releaseSome(timeMs: number, at: Position, untilMs: number): boolean {
    for (let due = this.#store.due(timeMs); due.length > 0; due = this.#store.due(timeMs)) {
      for (const { pair: id, address, untilMs: heldUntilMs } of due) {
        const pair = this.#store.pairById(id)
        if (pair === null) continue
        const cause = { id: `grace ${heldUntilMs}`, atMs: heldUntilMs }
        if (pair.collection === null) judge(this.#judging, pair, address, at, cause)
        else judgeStranger(this.#judging, pair, address, at, cause)
      }
      if (performance.now() > untilMs) return false
    }
    return true
  }

  /** Scans that ended without a change show in their scope alone. A partition's scopes are read when something was committed there. */
  async #lookAtScans(turn: () => Promise<void>): Promise<void> {
    const commits = Array.from({ length: this.#reader.partitions }, (_, partition) => this.#reader.commits(partition))
    const moved = new Set(
      commits.flatMap((commit, partition) => (commit === this.#looked[partition] ? [] : [partition])),
    )
    if (moved.size === 0) return
    this.#store.transaction(() => this.#discovery.all(this.#position, this.#nowMs))
    for (const pair of this.#pairs.all) {
      if (pair.live === null || !moved.has(partitionOf(pair.live, this.#reader.partitions))) continue
      this.#lookAtScan(pair)
      if (isOfApplied(pair)) this.#lookAtOpen(pair)
      await turn()
    }
    this.#looked.splice(0, this.#looked.length, ...commits)
    for (const partition of moved)
      if (!(await this.#standings.look(partition, this.#position, turn))) this.#looked[partition] = -1
  }

  #lookAtScan(pair: DriftPair): void {
    const status = pair.live === null ? null : this.#reader.scope(pair.live)
    if (status === null) return
    const scan = scanEndOf(status)
    if (scan.ended === pair.ended) return
    this.#pairs.keep(this.#store.transaction(() => takeScanEnd(this.#judging, pair, scan, this.#position)))
  }

  #lookAtOpen(pair: DriftPair): void {
    const { store } = this.#judging
    const after = this.#openFrom.get(pair.id) ?? ''
    if (store.open(pair.id, after, 1).length === 0 && after === '') return
    this.#openFrom.set(
      pair.id,
      store.transaction(() => lookAtOpen(this.#judging, pair, after, this.#position, this.#nowMs)),
    )
  }

  get #position(): Position {
    return this.#store.position ?? []
  }
}
