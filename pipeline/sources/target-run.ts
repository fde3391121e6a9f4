// Long because the scan, the follow and the re-reading of a target are one life cycle.
import type { Report, ReportOutcome, Source, Target } from '../../connectors/source.ts'
import { messageOf } from '../../model/errors.ts'
import { saysGone } from '../../model/record.ts'
import type { TargetState } from '../../model/status.ts'
import type { ScanSink } from '../intake/scan-sink.ts'
import type { Attributions } from './attributions.ts'
import { backoffMs } from './backoff.ts'
import { type Clock, pause } from './clock.ts'
import { followTarget, longestWaitMs } from './follow-target.ts'
import { type Forgetting, forgetWhenDue } from './forgetting.ts'
import { Reports } from './reports.ts'
import { Rereads } from './rereads.ts'
import { type ScanPermits, takePermits } from './scan-permits.ts'
import { messageOfError, type ScanResult, type ScanTask, scanTarget } from './scan-target.ts'
import type { Place, Slots } from './slots.ts'
import type { TargetStatus } from './status.ts'
import { type Seen, TargetSchedule } from './target-schedule.ts'
import { Turns } from './turns.ts'

export interface TargetHost {
  readonly source: Source
  readonly sink: ScanSink
  readonly clock: Clock
  readonly random: () => number
  readonly intervalMs: number
  /** In the order in which permits are taken: the source's, then the process's. */
  readonly slots: readonly Slots[]
  readonly attributions: Attributions
  readonly redactText: (text: string) => string
  /** What becomes of a target that is gone; null: its scope is kept. */
  readonly forgetting: Forgetting | null
  /** A rate limit that the source uses is exhausted. */
  isThrottled(): boolean
  /** The sink failed, or a follow, a reading of a few, or forgetting a scope: not the target's scan, which reports itself. */
  onFailure(part: 'sink' | 'follow' | 'reread' | 'forget', error: unknown): void
  /** The scope of a target that is gone was forgotten: the next list may lack it. */
  onForgotten(): void
  onScanned(result: ScanResult): void
}

/** One target from its first scan until it is stopped: wait until due, scan, follow, and again. One scan at a time. */
export class TargetRun {
  #target: Target
  readonly #host: TargetHost
  readonly #schedule: TargetSchedule
  readonly #stop = new AbortController()
  readonly #turns: Turns
  readonly #rereads = new Rereads()
  readonly #reports: Reports
  /** Wait for what comes of an event; its feed bounds them. */
  readonly #reported = new Set<(outcome: ReportOutcome) => void>()
  /** Of a scan that waits for a permit. */
  #waiting: Place | null = null
  #following: { readonly stop: AbortController; readonly ended: Promise<void> } | null = null
  #state: TargetState = 'due'
  #since = new Date()
  #observed = 0
  #error: string | null = null
  #attempts = 0
  /** When the last scan ended that did not find the target gone. */
  #lastThereAt = Number.NEGATIVE_INFINITY
  /** Follows in a row that ended soon. */
  #shortFollows = 0

  constructor(target: Target, host: TargetHost) {
    this.#target = target
    this.#host = host
    const { leastIntervalMs = 0 } = target
    const intervalMs = Math.max(host.intervalMs, leastIntervalMs)
    const longestBackoffMs = host.source.follow === undefined ? Number.POSITIVE_INFINITY : longestWaitMs
    this.#schedule = new TargetSchedule({ intervalMs, longestBackoffMs }, host.random)
    const { clock, attributions } = host
    this.#reports = new Reports({ scope: target.scope, clock, attributions, scan: () => this.nudge() })
    this.#turns = new Turns(
      host.clock,
      () => Math.min(this.#schedule.dueAt, this.#rereadsAt, this.#reports.dueAt),
      () => this.#turn(),
    )
  }

  get target(): Target {
    return this.#target
  }

  /** The list names the same scope again. Another identity is another thing to read: it is scanned soon. */
  update(target: Target): void {
    const isOther = target.identity !== undefined && target.identity !== this.#target.identity
    this.#target = target
    if (isOther) this.nudge()
  }

  get wasAttempted(): boolean {
    return this.#attempts > 0
  }

  get status(): TargetStatus {
    const isHeld = this.#state === 'scanning' && this.#host.isThrottled()
    return {
      scope: this.#target.scope,
      name: this.#host.source.name,
      state: isHeld ? 'throttled' : this.#state,
      since: this.#since.toISOString(),
      observed: this.#observed,
      failures: this.#schedule.failures,
      error: this.#error,
    }
  }

  nudge(): void {
    this.#schedule.nudge(this.#host.clock.now())
    this.#waiting?.hurry()
    this.#turns.wake()
  }

  /** What an event says of it. @returns when all that came of it is committed */
  report(report: Report): Promise<ReportOutcome> {
    if (this.#host.sink.wants?.(this.#target.scope) === false) return Promise.resolve('not_ours')
    const { promise, resolve } = Promise.withResolvers<ReportOutcome>()
    const end = (outcome: ReportOutcome) => {
      this.#reported.delete(end)
      resolve(outcome)
    }
    this.#reported.add(end)
    this.#reports.add(report, this.#schedule.failures > 0, () => end('done'))
    this.#turns.wake()
    return promise
  }

  /** Whoever reads the scope from now on gets its events again. */
  #leaveReports(): void {
    this.#reports.clear()
    for (const end of [...this.#reported]) end('not_ours')
  }

  /** Reads some resources again soon; null, and where they are many: all. */
  reread(ids: ReadonlySet<string> | null): void {
    if (ids === null || !this.#rereads.ask(ids, this.#host)) this.nudge()
    else this.#turns.wake()
  }

  /** Resolves when nothing of it runs any more. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'))
    await this.#turns.stop()
    this.#leaveReports()
    await this.#endFollow()
  }

  get #rereadsAt(): number {
    return this.#rereads.dueAt(this.#schedule.failures)
  }

  #turn(): Promise<void> {
    const { clock, onFailure } = this.#host
    const now = clock.now()
    if (now >= this.#schedule.dueAt) return this.#scanOnce()
    const some = now >= this.#rereadsAt ? this.#rereads : this.#reports
    return some.run(this.#task(null), () => this.#permits(() => true), onFailure, this.#stop.signal)
  }

  /** Never rejects: a failure is the target's state, and the time of its next scan. */
  async #scanOnce(): Promise<void> {
    const { clock, sink } = this.#host
    const { signal } = this.#stop
    if (sink.wants?.(this.#target.scope) === false) {
      await this.#endFollow()
      this.#leaveReports()
      this.#schedule.passed(clock.now())
      this.#attempts++
      this.#enter('not_ours')
      return
    }
    const turnAt = clock.now()
    try {
      // What a follow still hands on would bring back what the scan no longer sees.
      await this.#endFollow()
      this.#enter('due')
      using permits = await this.#permits(() => this.#schedule.isUrgent)
      this.#schedule.began()
      this.#rereads.take()
      this.#reports.scanBegan()
      this.#observed = 0
      this.#enter('scanning')
      const everyMs = (seen: Seen) => this.#schedule.everyMs(seen, clock.now() - turnAt)
      const result = await scanTarget({ ...this.#task(permits), everyMs }, signal)
      const [error] = result.errors
      this.#error = error === undefined ? null : messageOfError(error)
      const isGone = saysGone(result.errors)
      if (!isGone) this.#lastThereAt = clock.now()
      const goneAgainMs = isGone ? await this.#whenForgotten() : null
      this.#schedule.ended(clock.now(), { ...result, isGone, goneAgainMs })
      this.#enter(result.complete ? 'due' : 'backing_off')
      this.#reports.scanEnded(result.complete)
      if (result.resume !== undefined && this.#host.source.follow) this.#beginFollow(result.resume)
      this.#host.onScanned(result)
    } catch (error) {
      if (signal.aborted) return
      this.#error = this.#host.redactText(messageOf(error))
      this.#schedule.ended(clock.now(), { complete: false, observed: 0, retryAfterMs: null })
      this.#enter('backing_off')
      this.#host.onFailure('sink', error)
    } finally {
      this.#attempts++
    }
  }

  /** Forgets the scope if its target has been gone for long enough. @returns after which time to look again; null: never */
  async #whenForgotten(): Promise<number | null> {
    const { clock, forgetting, intervalMs, onFailure, onForgotten } = this.#host
    if (forgetting === null) return null
    try {
      const againMs = await forgetWhenDue(forgetting, this.#target.scope, clock.now() - this.#lastThereAt)
      if (againMs === null) onForgotten()
      return againMs
    } catch (error) {
      onFailure('forget', error)
      return intervalMs
    }
  }

  /** An event that comes during the wait takes the wait to the urgent ones. */
  #permits(isUrgent: () => boolean): Promise<ScanPermits> {
    const { slots, clock } = this.#host
    const { priority = 0 } = this.#target
    const onWait = (place: Place | null) => {
      this.#waiting = place
    }
    return takePermits({ slots, priority, clock, isUrgent, onWait }, this.#stop.signal)
  }

  #task(permits: ScanPermits | null): ScanTask {
    const { source, sink, clock, redactText, attributions } = this.#host
    return {
      source,
      target: this.#target,
      sink,
      clock,
      permits,
      redactText,
      attributionOf: (scope, id) => this.#reports.byOf(id) ?? attributions.take(scope, id),
      onObserved: (count) => {
        this.#observed = count
      },
      everyMs: null,
    }
  }

  #beginFollow(resume: string | null): void {
    const stop = new AbortController()
    const task = {
      ...this.#task(null),
      random: this.#host.random,
      onFollowing: () => {
        this.#error = null
        this.#enter('following')
      },
      onFailure: (error: unknown) => {
        if (this.#stop.signal.aborted) return
        this.#error = this.#host.redactText(messageOf(error))
        this.#enter('backing_off')
        this.#host.onFailure('follow', error)
      },
    }
    const startedAt = this.#host.clock.now()
    const ended = followTarget(task, resume, stop.signal).then(async (how) => {
      if (how === 'relist') await this.#scanAnew(startedAt, stop.signal)
    })
    this.#following = { stop, ended }
  }

  /** The first scan after a lost follow comes at once; those of follows that keep being lost back off. */
  async #scanAnew(startedAt: number, signal: AbortSignal): Promise<void> {
    const { clock, intervalMs, random } = this.#host
    const maxMs = Math.min(intervalMs, longestWaitMs)
    this.#shortFollows = clock.now() - startedAt >= maxMs ? 0 : this.#shortFollows + 1
    if (this.#shortFollows > 1) {
      this.#enter('backing_off')
      const limits = { baseMs: 1000, maxMs }
      await pause(clock, backoffMs(this.#shortFollows - 1, limits, random()), signal)
    }
    if (!signal.aborted) this.nudge()
  }

  async #endFollow(): Promise<void> {
    const following = this.#following
    this.#following = null
    following?.stop.abort(new Error('stopped'))
    await following?.ended
  }

  #enter(state: TargetState): void {
    if (state === this.#state) return
    this.#state = state
    this.#since = new Date()
  }
}
