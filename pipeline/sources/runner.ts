import type { Source, Target } from '../../connectors/source.ts'
import { messageOf, VainoError } from '../../model/errors.ts'
import { type ScanError, saysGone } from '../../model/record.ts'
import type { Scope } from '../../model/scope.ts'
import type { ScanSink } from '../intake/scan-sink.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { Claims } from './claims.ts'
import { type Clock, pause, systemClock } from './clock.ts'
import { type Forgetting, forgettingOf, forgetWhenDue, type GoneScopes } from './forgetting.ts'
import type { OpenedSource } from './open-sources.ts'
import { takePermits } from './scan-permits.ts'
import { type ScanResult, SinkFailure, scanTarget } from './scan-target.ts'
import { Slots } from './slots.ts'
import { SourceRun } from './source-run.ts'
import type { SourceStatus, TargetStatus } from './status.ts'

/** Scans at once, over all sources, and those beside them that only what has changed may take. */
const allSlots = 32
/** Scans of one source at once, with few workers too: most of a scan is waiting for answers. */
export const sourceSlots = 4
const urgentSlots = 2
/** Scans beside these that only wait, for a rate mostly: of all sources, and of one. */
const [allLent, sourceLent] = [64, 12]

export interface RunnerOptions {
  readonly telemetry: Telemetry
  readonly redactText: (text: string) => string
  /** Where a source's scans are written. */
  sink(source: string, signal: AbortSignal): ScanSink
  /** What becomes of the scopes of targets that are gone; absent: they are kept. */
  readonly gone?: GoneScopes
  /** Scans of one source at once; at least 4. */
  readonly concurrency: number
  readonly clock?: Clock
  /** From 0 to below 1. */
  readonly random?: () => number
}

export interface RunningSources extends AsyncDisposable {
  status(): readonly SourceStatus[]
  /** Every target of every source, refused ones too. */
  targets(): readonly TargetStatus[]
  /** Reads some resources soon, by their scopes; null: all of a scope. What no target reads is ignored. */
  reread(asked: ReadonlyMap<Scope, ReadonlySet<string> | null>): void
}

/** Reads every source until it is disposed: lists its targets, scans and follows each, and takes its events. */
export function runSources(sources: readonly OpenedSource[], options: RunnerOptions): RunningSources {
  const claims = new Claims()
  const all = new Slots(allSlots, urgentSlots, allLent)
  const stopping = new AbortController()
  let before: Promise<unknown> = Promise.resolve()
  const runs = sources.map(({ source, intervalMs, forgetAfterMs, isThrottled }) => {
    const run = new SourceRun({
      before,
      source,
      intervalMs,
      isThrottled,
      forgetting: forgettingOf(options.gone, forgetAfterMs),
      claims,
      telemetry: options.telemetry,
      redactText: options.redactText,
      sink: options.sink(source.name, stopping.signal),
      clock: options.clock ?? systemClock,
      random: options.random ?? Math.random,
      slots: [new Slots(Math.max(sourceSlots, options.concurrency), urgentSlots, sourceLent), all],
    })
    before = Promise.all([before, run.firstList])
    return run
  })
  return {
    status: () => runs.map(({ status }) => status),
    targets: () => runs.flatMap((run) => run.targets()),
    reread(asked) {
      for (const [scope, ids] of asked) for (const run of runs) run.reread(scope, ids)
    },
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('stopped'))
      await Promise.all(runs.map((run) => run.stop()))
    },
  }
}

export interface ScanOnceOptions extends Omit<RunnerOptions, 'telemetry'> {
  onObserved(scope: Scope): void
  /** What a scope's scan, or a source that lists nothing, has to say. */
  onFailure(what: string, error: ScanError): void
}

/** A scan that is incomplete; `scope` is the source's name where its targets could not be listed. */
export interface FailedScan {
  readonly scope: string
  readonly errors: readonly ScanError[]
}

/** A scan that ended because its target was being written is repeated this often. */
const maxRepeats = 4
const longestRepeatMs = 1000

/**
 * Scans every target of every source once.
 * @returns the scans that failed
 * @throws the sink's failure, which ends everything
 */
export async function scanOnce(
  sources: readonly OpenedSource[],
  options: ScanOnceOptions,
  signal: AbortSignal,
): Promise<FailedScan[]> {
  const claims = new Claims()
  const all = new Slots(allSlots, 0, allLent)
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  try {
    const lists = await Promise.all(sources.map(({ source }) => listOnce(source, options, either)))
    const failed = await Promise.all(
      sources.map(({ source, forgetAfterMs }, at) => {
        const forgetting = forgettingOf(options.gone, forgetAfterMs)
        const slots = [new Slots(Math.max(1, options.concurrency), 0, sourceLent), all]
        return scanSource(source, lists[at] ?? [], { ...options, claims, slots, stop, forgetting }, either)
      }),
    )
    return failed.flat()
  } catch (error) {
    stop.abort(error)
    signal.throwIfAborted()
    throw error instanceof SinkFailure ? error.cause : error
  }
}

interface SourceScan extends ScanOnceOptions {
  readonly claims: Claims
  readonly slots: readonly Slots[]
  readonly forgetting: Forgetting | null
  /** Ends the scans of all sources. */
  readonly stop: AbortController
}

/** @returns the failure where no list can be made, which is reported too */
async function listOnce(
  source: Source,
  { onFailure }: ScanOnceOptions,
  signal: AbortSignal,
): Promise<readonly Target[] | FailedScan> {
  try {
    const first = await source.targets(signal)[Symbol.asyncIterator]().next()
    return first.done ? [] : first.value
  } catch (error) {
    signal.throwIfAborted()
    const failure = failureOf(error)
    onFailure(source.name, failure)
    return { scope: source.name, errors: [failure] }
  }
}

async function scanSource(
  source: Source,
  targets: readonly Target[] | FailedScan,
  scan: SourceScan,
  signal: AbortSignal,
): Promise<FailedScan[]> {
  if ('scope' in targets) return [targets]
  const sink = scan.sink(source.name, signal)
  const scans = targets.map((target) => {
    const refusal = scan.claims.take(source, source.name, target)
    if (refusal === null)
      return sink.wants?.(target.scope) === false ? [] : scanRepeatedly(source, target, sink, scan, signal)
    scan.onFailure(target.scope, refusal)
    return [{ scope: target.scope, errors: [refusal] }]
  })
  return (await Promise.all(scans)).flat()
}

/** @returns the scan, if it failed */
async function scanRepeatedly(
  source: Source,
  target: Target,
  sink: ScanSink,
  scan: SourceScan,
  signal: AbortSignal,
): Promise<FailedScan[]> {
  const clock = scan.clock ?? systemClock
  const { slots } = scan
  using permits = await takePermits(
    { slots, clock, priority: target.priority ?? 0, isUrgent: () => false, onWait: () => undefined },
    signal,
  )
  const task = {
    source,
    target,
    sink,
    clock,
    permits,
    redactText: scan.redactText,
    attributionOf: () => undefined,
    onObserved: () => scan.onObserved(target.scope),
    everyMs: null,
  }
  try {
    for (let repeats = 0; ; repeats++) {
      const result = await scanTarget(task, signal)
      if (result.complete || repeats === maxRepeats || !isWorthRepeating(result)) {
        if (await isForgotten(target.scope, result, scan.forgetting)) return []
        for (const said of [...result.warnings, ...result.errors]) scan.onFailure(target.scope, said)
        return result.complete ? [] : [{ scope: target.scope, errors: result.errors }]
      }
      await pause(clock, result.retryAfterMs ?? 0, signal)
    }
  } catch (error) {
    // Before the permits are given back: nothing else is to begin.
    scan.stop.abort(error)
    throw error
  }
}

/** Forgets the scope if its target is gone and has been for long enough. */
async function isForgotten(scope: Scope, { errors }: ScanResult, forgetting: Forgetting | null): Promise<boolean> {
  if (forgetting === null || !saysGone(errors)) return false
  return (await forgetWhenDue(forgetting, scope, Number.POSITIVE_INFINITY)) === null
}

const isWorthRepeating = ({ retryAfterMs }: ScanResult): boolean =>
  retryAfterMs !== null && retryAfterMs <= longestRepeatMs

const failureOf = (error: unknown): ScanError =>
  error instanceof VainoError && error.hint !== undefined
    ? { message: error.message, hint: error.hint }
    : messageOf(error)
