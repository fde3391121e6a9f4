import { isAtLeast, type Position } from '../../model/cursor.ts'
import { partitionOf } from '../../model/partition.ts'
import { keyOf, type Scope } from '../../model/scope.ts'
import type { DriftPair } from '../../storage/drift/drift-rows.ts'
import type { DriftStore } from '../../storage/drift/drift-store.ts'
import type { LoggedEntry, StateReader } from '../../storage/state-reader.ts'
import type { Cause } from './drift-item.ts'
import { inOrder } from './in-order.ts'
import { type Judging, judge } from './judge.ts'
import { dropPair, scanEndOf, takeScanEnd } from './scan-end.ts'
import { stateOf, takeAttribution, takeChange } from './take-change.ts'

/** Scopes of states and of what was read live begin so. */
export const followedScopes = 'terraform/'

/** Milliseconds of work in one transaction: in between, requests have their turn. */
const sliceMs = 10

/** How far a pair is loaded: first the rows that are there, then the instances of the state, by address. */
const rowsFrom = (address: string): string => `rows ${address}`
const itemsFrom = (address: string): string => `items ${address}`

/**
 * Brings the view's file up to the settled end of the change log, one short transaction after another. Changes are taken in one order that
 * doesn't depend on when they were committed, so a view that was interrupted comes to the log of one that wasn't.
 */
export class DriftFollower {
  readonly #reader: StateReader
  readonly #store: DriftStore
  readonly #judging: Judging
  readonly #pairs = new Map<Scope, DriftPair>()
  /** By partition: the commit up to which the ends of scans were looked at. */
  readonly #looked: number[] = []

  constructor(judging: Judging & { readonly reader: StateReader }) {
    this.#reader = judging.reader
    this.#store = judging.store
    this.#judging = judging
    for (const pair of this.#store.pairs()) this.#keep(pair)
  }

  get pairs(): readonly DriftPair[] {
    return [...new Set(this.#pairs.values())]
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
    this.#begin(through)
    for (;;) {
      await this.#load(turn)
      if (await this.#fold(through, turn)) break
    }
    if (this.#store.due(asOfMs).length > 0) this.#store.transaction(() => this.#releaseDue(asOfMs, this.#position))
    if (looksAtScans) {
      await this.#lookAtScans(turn)
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
      for (const pair of this.pairs) this.#set({ ...pair, loadedTo: rowsFrom('') })
      this.#findPairs()
    })
  }

  /** The time of the first change that is followed; now where some are kept no more. */
  #firstMs(floor: Position, through: Position): number {
    if (floor.some((offset) => offset > 0)) return Date.now()
    const [first] = inOrder(this.#reader, followedScopes, floor, through)
    return first?.recordedAtMs ?? Date.now()
  }

  /** Judges the instances of the pairs that are new, as of the position that is reached. */
  async #load(turn: () => Promise<void>): Promise<void> {
    for (;;) {
      const pair = this.pairs.find(({ loadedTo }) => loadedTo !== null)
      if (pair === undefined) return
      this.#store.transaction(() => this.#set(this.#loadSome(pair)))
      await turn()
    }
  }

  #loadSome(pair: DriftPair): DriftPair {
    const at = this.#position
    const [phase = '', after = ''] = (pair.loadedTo ?? '').split(/ (.*)/s)
    const untilMs = performance.now() + sliceMs
    if (phase === 'rows') {
      const page = this.#store.addresses(pair.id, after)
      for (const address of page) judge(this.#judging, pair, address, at, this.#causeOf(pair, address, at))
      return { ...pair, loadedTo: page.length === 0 ? itemsFrom('') : rowsFrom(page.at(-1) ?? '') }
    }
    for (const item of this.#reader.items(at, { scope: pair.state }, keyOf(pair.state, after))) {
      if (item === null) continue
      const address = item.resource.id
      judge(this.#judging, pair, address, at, this.#causeOf(pair, address, at))
      if (performance.now() > untilMs) return { ...pair, loadedTo: itemsFrom(address) }
    }
    return { ...pair, loadedTo: null }
  }

  /** Where the change itself is not kept, what is known of an instance dates from when it was read so. */
  #causeOf(pair: DriftPair, address: string, at: Position): Cause {
    const times = [pair.live, pair.state].map((scope) => {
      const found = this.#reader.get(keyOf(scope, address), at)
      return found.kind === 'live' ? Date.parse(found.item.changed_at) : 0
    })
    return { id: `loaded ${at.join('.')}`, atMs: Math.max(...times) }
  }

  /** @returns false where a pair was found that has to be loaded before the log goes on */
  async #fold(through: Position, turn: () => Promise<void>): Promise<boolean> {
    if (isAtLeast(this.#position, through)) return true
    const changes = inOrder(this.#reader, followedScopes, this.#position, through)
    for (;;) {
      const outcome = this.#store.transaction(() => this.#foldSome(changes, through))
      if (outcome !== 'more') return outcome === 'done'
      await turn()
    }
  }

  #foldSome(changes: Generator<LoggedEntry>, through: Position): 'more' | 'done' | 'found' {
    const position = [...this.#position]
    const untilMs = performance.now() + sliceMs
    let outcome: 'more' | 'done' | 'found' = 'more'
    while (outcome === 'more' && performance.now() < untilMs) {
      const next = changes.next()
      if (next.done) {
        outcome = 'done'
        break
      }
      const change = next.value
      const pair = this.#pairs.get(change.scope)
      const state = stateOf(change.scope)
      if (pair === undefined && state !== null) {
        this.#keep(this.#store.addPair(state, change.scope, itemsFrom('')))
        outcome = 'found'
        break
      }
      const before = [...position]
      this.#releaseDue(change.recordedAtMs, before)
      position[change.partition] = change.offset
      if (pair === undefined) continue
      if (change.op === 'a') takeAttribution(this.#judging, pair, change, position)
      else takeChange(this.#judging, pair, change.toChange(this.#reader.encode(position)), before, position)
    }
    this.#store.position = outcome === 'done' ? through.map((end, p) => Math.max(end, position[p] ?? 0)) : position
    return outcome
  }

  /** Judges what was held until a time or earlier, in that order, as if a change of its time had come. Runs in the store's transaction. */
  #releaseDue(timeMs: number, at: Position): void {
    for (let due = this.#store.due(timeMs); due.length > 0; due = this.#store.due(timeMs)) {
      const pairs = new Map(this.pairs.map((pair) => [pair.id, pair]))
      for (const { pair: id, address, untilMs } of due) {
        const pair = pairs.get(id)
        if (pair !== undefined) judge(this.#judging, pair, address, at, { id: `grace ${untilMs}`, atMs: untilMs })
      }
    }
  }

  /** Scans that ended without a change show in their scope alone. A partition's scopes are read when something was committed there. */
  async #lookAtScans(turn: () => Promise<void>): Promise<void> {
    const commits = Array.from({ length: this.#reader.partitions }, (_, partition) => this.#reader.commits(partition))
    const moved = new Set(
      commits.flatMap((commit, partition) => (commit === this.#looked[partition] ? [] : [partition])),
    )
    if (moved.size === 0) return
    this.#store.transaction(() => this.#findPairs())
    for (const pair of this.pairs) {
      if (!moved.has(partitionOf(pair.live, this.#reader.partitions))) continue
      this.#lookAtScan(pair)
      await turn()
    }
    this.#looked.splice(0, this.#looked.length, ...commits)
  }

  #lookAtScan(pair: DriftPair): void {
    const status = this.#reader.scope(pair.live)
    if (status === null) {
      this.#store.transaction(() => dropPair(this.#judging, pair, Date.now()))
      this.#pairs.delete(pair.live)
      this.#pairs.delete(pair.state)
      return
    }
    const scan = scanEndOf(status)
    if (scan.ended === pair.ended) return
    this.#keep(this.#store.transaction(() => takeScanEnd(this.#judging, pair, scan, this.#position)))
  }

  #findPairs(): void {
    for (const live of this.#reader.scopeNames(followedScopes)) {
      const state = stateOf(live)
      if (state !== null && !this.#pairs.has(live)) this.#keep(this.#store.addPair(state, live, itemsFrom('')))
    }
  }

  get #position(): Position {
    return this.#store.position ?? []
  }

  #set(pair: DriftPair): void {
    this.#store.setPair(pair)
    this.#keep(pair)
  }

  #keep(pair: DriftPair): void {
    this.#pairs.set(pair.state, pair)
    this.#pairs.set(pair.live, pair)
  }
}
