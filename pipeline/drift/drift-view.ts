import { existsSync } from 'node:fs'
import type { Position } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import { driftFilePath } from '../../storage/drift/drift-file.ts'
import type { DriftColumns, DriftPair } from '../../storage/drift/drift-rows.ts'
import { DriftStore } from '../../storage/drift/drift-store.ts'
import { addCounts, type Coverage, coverageOf, type DriftCounts, noCounts } from './coverage.ts'
import { hasAnythingToCompare } from './discover.ts'
import { DriftFollower } from './drift-follower.ts'
import type { DriftItem } from './drift-item.ts'
import { countsOf, listed, problemOf, withoutApply } from './drift-list.ts'
import { DriftLog } from './drift-log.ts'
import { type DriftViewOptions, defaultApplyGraceMs, defaultSettleMs } from './drift-view-options.ts'
import { terraformScopes } from './identities.ts'
import { LiveAsks } from './live-asks.ts'
import { Scopes } from './scopes.ts'
import type { Why } from './why.ts'

/** The end of a scan that found no change wakes nobody; it is noticed at the next look. */
const lookEveryMs = 1_000
/** After a failure: the disk may be full. */
const retryAfterMs = 5_000
const trimEveryMs = 3_600_000
const maxLogEntries = 200_000

/**
 * What is wanted against what is there: a materialised view in a file of its own, brought up to date behind each commit. While no state is read
 * live, and none stands beside what is collected, it costs one look a second whether anything was committed, and has no file.
 */
export class DriftView implements AsyncDisposable {
  readonly log: DriftLog
  readonly #options: DriftViewOptions
  readonly #stop = new AbortController()
  readonly #listeners = new Set<(partition: number, offset: number) => void>()
  #store: DriftStore | null = null
  #follower: DriftFollower | null = null
  /** By partition: the commit up to which live scopes were looked for. */
  #looked: readonly number[] = []
  #wake: () => void = () => undefined
  #isWanted = true
  /** Somebody waits for the view, so the next round looks at everything. */
  #isAwaited = false
  #lookedAtMs = Number.NEGATIVE_INFINITY
  #trimmedAtMs = Number.NEGATIVE_INFINITY
  #rounds = 0
  /** Who waits for the end of a round. */
  readonly #roundEnds: (() => void)[] = []
  readonly #roundWork: ((turn: () => Promise<void>) => Promise<boolean>)[] = []
  #upToDate = false
  readonly #asks = new LiveAsks()
  /** The time up to which everything is in the view, Unix milliseconds; null: not known yet. */
  #settledMs: number | null = null
  #running = Promise.resolve()

  constructor(options: DriftViewOptions) {
    this.#options = options
    this.log = new DriftLog(
      () => this.#store,
      () => this.#settledMs,
    )
  }

  /** Follows the change log from now on. The first round is over when this resolves: what happened before is in the view. */
  async start(): Promise<void> {
    const stopListening = this.#options.onCommit(() => this.#want())
    this.#stop.signal.addEventListener('abort', stopListening)
    await this.#round()
    this.#running = this.#run()
  }

  /** Whether everything that was settled a moment ago is in it. */
  get isUpToDate(): boolean {
    return this.#upToDate
  }

  /** Resolves when all that is committed and settled now is in the view. */
  async whenCaughtUp(): Promise<void> {
    // A round that is under way may have begun before the commit.
    const wanted = this.#rounds + 2
    while (this.#rounds < wanted && !this.#stop.signal.aborted) {
      this.#isAwaited = true
      this.#want()
      await new Promise<void>((resolve) => this.#roundEnds.push(resolve))
    }
  }

  /** Calls back when the drift log has new entries; returns how to stop. */
  onEntries(listener: (partition: number, offset: number) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Instances by state and address; null where others may run. Those in sync only if they are asked for. */
  *items(inSyncToo: boolean): Generator<DriftItem | null> {
    if (this.#store !== null) yield* listed(this.#store, this.problemOf, inSyncToo)
  }

  /** Its file; null while nothing is compared, and when it is closed. */
  get store(): DriftStore | null {
    return this.#store
  }

  /** Has some work done at the end of each round, and another round soon where it says that there is more. */
  atRoundEnds(work: (turn: () => Promise<void>) => Promise<boolean>): void {
    this.#roundWork.push(work)
  }

  /** How far the change log is in it; null while no state is read live. */
  get position(): Position | null {
    return this.#store?.position ?? null
  }

  /** Another number whenever what it holds may have changed. */
  get revision(): number {
    return this.#store?.revision ?? 0
  }

  /** Of all instances, whatever rules say. @param state only of this state */
  coverage(columns: DriftColumns = {}, state?: string): Coverage {
    const counts = this.#store === null ? noCounts() : countsOf(this.#store, this.problemOf, columns, state)
    addCounts(counts, this.beyond(columns, state))
    return coverageOf(counts)
  }

  /** Instances of states with which nothing is compared, of which their scopes say how many and not of which type; and objects to which nothing was applied. */
  beyond(columns: DriftColumns, state: string | undefined): DriftCounts {
    const not_applied = this.#store === null ? 0 : withoutApply(this.#store, columns, state)
    if (Object.values(columns).some((value) => value !== undefined)) return { ...noCounts(), not_applied }
    const covered = new Set(this.#store?.pairs().map((pair) => pair.state))
    let count = 0
    for (const scope of this.#options.reader.scopeNames(terraformScopes)) {
      if (!scope.endsWith('/state') || covered.has(scope) || (state !== undefined && scope !== state)) continue
      count += this.#options.reader.scope(scope)?.resources ?? 0
    }
    return { ...noCounts(), unknown: count, not_covered: count, not_applied }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#want()
    await this.#running
    for (const ended of this.#roundEnds.splice(0)) ended()
    this.#store?.[Symbol.dispose]()
    this.#store = null
  }

  /** Why nothing is known of a pair now; null where it is. */
  readonly problemOf = (pair: DriftPair): Why | null => problemOf(pair, Date.now(), this.#options.staleAfterMs)

  #want(): void {
    this.#isWanted = true
    this.#wake()
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#sleep(this.#upToDate ? lookEveryMs : retryAfterMs)
      if (this.#stop.signal.aborted) return
      await this.#round()
      // Rounds have a price of their own, and at thousands of changes a second they would leave no pause.
      if (!this.#isAwaited) await new Promise((resolve) => setTimeout(resolve, this.#options.restMs ?? 100))
    }
  }

  /** Until a commit, at most for a time. After a failure a commit doesn't hurry it. */
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      timer.unref()
      const wake = () => {
        clearTimeout(timer)
        resolve()
      }
      this.#wake = wake
      if (this.#stop.signal.aborted || (this.#isWanted && this.#upToDate)) wake()
    })
  }

  async #round(): Promise<void> {
    this.#isWanted = false
    const before = this.#store?.head ?? 0
    const looks = this.#isAwaited || performance.now() - this.#lookedAtMs >= lookEveryMs
    this.#isAwaited = false
    if (looks) this.#lookedAtMs = performance.now()
    const nowMs = Date.now()
    try {
      const follower = this.#follower ?? this.#begin()
      this.#settledMs = follower === null ? nowMs : await follower.advance(looks, () => this.#turn())
      this.#trim()
      this.#upToDate = true
      for (const work of this.#roundWork) this.#isWanted = (await work(() => this.#turn())) || this.#isWanted
    } catch (error) {
      this.#recover(error)
    }
    const asked = this.#asks.take()
    if (asked.size > 0) this.#options.readLive?.(asked)
    this.#rounds++
    for (const ended of this.#roundEnds.splice(0)) ended()
    const head = this.#store?.head ?? 0
    if (head > before) for (const listener of this.#listeners) listener(0, head)
  }

  /** Opens the file at the first live scope, or at the first state beside something collected; one that is there goes on, since it holds the log. */
  #begin(): DriftFollower | null {
    const { reader, dataDir } = this.#options
    const commits = Array.from({ length: reader.partitions }, (_, partition) => reader.commits(partition))
    if (commits.every((commit, partition) => commit === this.#looked[partition])) return null
    this.#looked = commits
    if (this.#store === null && !existsSync(driftFilePath(dataDir)) && !hasAnythingToCompare(reader)) return null
    this.#store ??= new DriftStore(dataDir, reader)
    this.#follower = new DriftFollower({
      ...{ reader, store: this.#store, applyGraceMs: this.#options.applyGraceMs ?? defaultApplyGraceMs },
      ...{ scopes: new Scopes(reader), asks: this.#asks, settleMs: this.#options.settleMs ?? defaultSettleMs },
      answeredMs: () => this.#settledMs ?? 0,
    })
    return this.#follower
  }

  /** The follower's memory may be ahead of the file, so the next round reads the file again; a damaged file is rebuilt. */
  #recover(error: unknown): void {
    this.#follower = null
    this.#looked = []
    if (this.#stop.signal.aborted) return
    this.#upToDate = false
    if (error instanceof VainoError && error.code === 'not_ready') return
    this.#options.failed(error)
    if (!(error instanceof VainoError) || error.code !== 'storage_damaged') return
    this.#store?.[Symbol.dispose]()
    this.#store = null
  }

  async #turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.#stop.signal.throwIfAborted()
  }

  #trim(): void {
    const store = this.#store
    if (store === null || performance.now() - this.#trimmedAtMs < trimEveryMs) return
    this.#trimmedAtMs = performance.now()
    store.transaction(() => store.trimLog(Date.now() - this.#options.retention.ageMs, maxLogEntries))
  }
}
