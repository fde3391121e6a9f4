// Long because the list of targets, their runs and the feed of events are one life cycle.
import type { Attribution, Backlog, Nudge, Target } from '../../connectors/source.ts'
import { messageOf, VainoError } from '../../model/errors.ts'
import type { Scope } from '../../model/scope.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { Attributions } from './attributions.ts'
import { backoffMs } from './backoff.ts'
import type { Claims } from './claims.ts'
import { pause } from './clock.ts'
import type { SourceStatus, TargetStatus } from './status.ts'
import { type TargetHost, TargetRun } from './target-run.ts'
import { TargetSchedule } from './target-schedule.ts'
import { Turns } from './turns.ts'
import { aborted, untilAborted } from './until-aborted.ts'

/** Targets of one source; a list with more was not meant. */
const maxTargets = 100_000
/** A feed that held for this long has recovered: its next failure is a first one. */
const steadyMs = 60_000

/** How long a source waits for the first lists of those before it. */
const orderWaitMs = 5000

export interface SourceHost extends Omit<TargetHost, 'attributions' | 'onFailure' | 'onScanned' | 'onForgotten'> {
  readonly claims: Claims
  readonly telemetry: Telemetry
  /** Resolves when the sources before this one have claimed their targets: of two claims the first source's stands. */
  readonly before: Promise<unknown>
}

type Part = 'list' | 'events' | 'sink' | 'forget'

/** One source from its opening to its end: keeps the list of its targets, a run for each, and its feed of events. */
export class SourceRun {
  readonly #host: SourceHost
  readonly #targetHost: TargetHost
  readonly #stop = new AbortController()
  readonly #runs = new Map<Scope, TargetRun>()
  readonly #refused = new Map<Scope, { readonly since: string; readonly error: string }>()
  readonly #attributions: Attributions
  readonly #list: TargetSchedule
  readonly #listing: Turns
  readonly #feeding: Promise<void>
  /** What fails now, by part; a part that works again is taken out. */
  readonly #errors = new Map<Part, string>()
  #isListed = false
  readonly #firstList = Promise.withResolvers<void>()
  #scans = 0
  #lastScanAt: string | null = null
  #backlog: Backlog | null = null

  constructor(host: SourceHost) {
    this.#host = host
    this.#attributions = new Attributions({
      ...{ sink: host.sink, clock: host.clock, signal: this.#stop.signal },
      onFailure: (error) => this.#fail('sink', error),
      onDropped: (count) => host.telemetry.emit('attributions_dropped', { source: host.source.name, count }),
    })
    this.#targetHost = {
      ...host,
      attributions: this.#attributions,
      // A follow that fails is its target's state, and its next scan's; so is a reading of a few.
      onFailure: (part, error) =>
        part === 'follow' || part === 'reread' ? this.#report(part, error) : this.#fail(part, error),
      onForgotten: () => {
        this.#errors.delete('forget')
        this.#nudge.relist()
      },
      onScanned: () => {
        this.#errors.delete('sink')
        this.#scans++
        this.#lastScanAt = new Date().toISOString()
      },
    }
    host.telemetry.emit('source_opened', { source: host.source.name })
    this.#list = new TargetSchedule({ intervalMs: host.intervalMs }, host.random)
    this.#listing = new Turns(
      host.clock,
      () => this.#list.dueAt,
      () => this.#takeList(),
    )
    this.#feeding = this.#feed()
  }

  /** Resolves when its first list was taken, has failed, or is not waited for any more. */
  get firstList(): Promise<void> {
    return this.#firstList.promise
  }

  get status(): SourceStatus {
    const runs = [...this.#runs.values()]
    const [error = null] = this.#errors.values()
    const isScanning = runs.some(({ status }) => status.state === 'scanning')
    return {
      name: this.#host.source.name,
      state: error !== null ? 'failing' : isScanning ? 'collecting' : 'waiting',
      targets: runs.length,
      scans: this.#scans,
      lastScanAt: this.#lastScanAt,
      error,
      backlog: this.#backlog,
      isStarted: this.#errors.has('list') || (this.#isListed && runs.every(({ wasAttempted }) => wasAttempted)),
    }
  }

  targets(): TargetStatus[] {
    const { name } = this.#host.source
    const refused = [...this.#refused].map(([scope, { since, error }]): TargetStatus => {
      return { scope, name, state: 'not_ours', since, observed: 0, failures: 0, error }
    })
    return [...[...this.#runs.values()].map(({ status }) => status), ...refused]
  }

  /** Reads some resources of a scope again soon; a scope of no target is ignored. @param ids null: all */
  reread(scope: Scope, ids: ReadonlySet<string> | null): void {
    this.#runs.get(scope)?.reread(ids)
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'))
    await Promise.all([this.#listing.stop(), this.#feeding, this.#attributions.stopped()])
    await Promise.all([...this.#runs.values()].map((run) => run.stop()))
    await this.#host.source[Symbol.asyncDispose]?.()
  }

  /** Never rejects. */
  async #takeList(): Promise<void> {
    const { source, clock } = this.#host
    const { signal } = this.#stop
    this.#list.began()
    try {
      const lists = source.targets(signal)[Symbol.asyncIterator]()
      while (true) {
        const next = await untilAborted(() => lists.next(), signal)
        if (next === aborted) {
          // Not awaited: an iterable that ignores the signal would hold up the stop.
          lists.return?.().catch((error: unknown) => this.#fail('list', error))
          return
        }
        if (next.done) break
        if (!this.#isListed) await this.#turnToClaim()
        if (signal.aborted) return
        await this.#apply(next.value)
        this.#firstList.resolve()
        this.#errors.delete('list')
      }
      this.#list.ended(clock.now(), { complete: true, observed: this.#runs.size, retryAfterMs: null })
    } catch (error) {
      if (signal.aborted) return
      this.#firstList.resolve()
      this.#fail('list', error)
      const retryAfterMs = error instanceof VainoError ? (error.retryAfterSeconds ?? 0) * 1000 : null
      this.#list.ended(clock.now(), { complete: false, observed: 0, retryAfterMs })
    }
  }

  async #turnToClaim(): Promise<void> {
    const { before, clock } = this.#host
    const waited = new AbortController()
    const signal = AbortSignal.any([waited.signal, this.#stop.signal])
    await Promise.race([before, pause(clock, orderWaitMs, signal)])
    waited.abort()
  }

  async #apply(targets: readonly Target[]): Promise<void> {
    if (targets.length > maxTargets) {
      throw new VainoError('source_failed', `it has ${targets.length} targets, more than ${maxTargets}`)
    }
    const listed = new Set(targets.map(({ scope }) => scope))
    const left = [...this.#runs.values()].filter(({ target }) => !listed.has(target.scope))
    for (const run of left) this.#runs.delete(run.target.scope)
    for (const scope of this.#refused.keys()) if (!listed.has(scope)) this.#refused.delete(scope)
    await Promise.all(left.map((run) => run.stop()))
    for (const { target } of left) this.#host.claims.release(this, target)
    for (const target of targets) this.#take(target)
    this.#isListed = true
  }

  #take(target: Target): void {
    const { claims, source, telemetry } = this.#host
    const run = this.#runs.get(target.scope)
    if (run !== undefined && run.target.identity !== target.identity) claims.release(this, run.target)
    const error = claims.take(this, source.name, target)
    if (error === null) {
      this.#refused.delete(target.scope)
      if (run === undefined) this.#runs.set(target.scope, new TargetRun(target, this.#targetHost))
      else run.update(target)
      return
    }
    if (run !== undefined) {
      this.#runs.delete(target.scope)
      void run.stop()
    }
    if (this.#refused.has(target.scope)) return
    this.#refused.set(target.scope, { since: new Date().toISOString(), error })
    telemetry.emit('scope_refused', { source: source.name, scope: target.scope, reason: error })
  }

  async #feed(): Promise<void> {
    const { source, clock, random } = this.#host
    const { signal } = this.#stop
    if (source.events === undefined) return
    // Before that nobody knows which scopes an event is about.
    await untilAborted(() => this.#firstList.promise, signal)
    for (let failures = 0; !signal.aborted; ) {
      const startedAt = clock.now()
      try {
        await untilAborted(() => source.events?.(this.#nudge, signal), signal)
        if (signal.aborted) return
        throw new VainoError('source_failed', 'its feed of events ended')
      } catch (error) {
        failures = clock.now() - startedAt >= steadyMs ? 1 : failures + 1
        this.#fail('events', error)
      }
      const maxMs = Math.max(1000, this.#host.intervalMs)
      await pause(clock, backoffMs(failures, { baseMs: 1000, maxMs }, random()), signal)
    }
  }

  readonly #nudge: Nudge = {
    dirty: (scope: Scope) => {
      this.#errors.delete('events')
      this.#runs.get(scope)?.nudge()
    },
    changed: (scope, report) => {
      this.#errors.delete('events')
      return this.#runs.get(scope)?.report(report) ?? Promise.resolve('not_watched')
    },
    attributed: (scope, id, by, isRecorded) => this.#attribute(scope, id, by, isRecorded),
    received: (outcome, messages) => {
      this.#host.telemetry.emit('source_messages', { source: this.#host.source.name, outcome, messages })
    },
    backlog: (now) => {
      this.#backlog = now
    },
    relist: () => {
      this.#list.nudge(this.#host.clock.now())
      this.#listing.wake()
    },
  }

  /** Before the first list nobody knows which scopes are watched. */
  #attribute(scope: Scope, id: string, by: Attribution, isRecorded = false): void {
    if (!this.#isListed || this.#runs.has(scope)) this.#attributions.add(scope, id, by, isRecorded)
  }

  #fail(part: Part, error: unknown): void {
    this.#errors.set(part, this.#host.redactText(messageOf(error)))
    this.#report(part, error)
  }

  #report(part: Part | 'follow' | 'reread', error: unknown): void {
    this.#host.telemetry.emit('source_failed', { source: this.#host.source.name, part, error })
  }
}
