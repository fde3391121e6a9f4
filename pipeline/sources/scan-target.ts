import { ScanFailure } from '../../connectors/scan-failure.ts'
import type { Attribution, ScanReport, Source, Target } from '../../connectors/source.ts'
import { messageOf, VainoError } from '../../model/errors.ts'
import type { ScanError } from '../../model/record.ts'
import type { Scope } from '../../model/scope.ts'
import { everyMsAttribute } from '../../model/staleness.ts'
import type { ScanOutcome, ScanSink, ScanWriter } from '../intake/scan-sink.ts'
import type { Clock } from './clock.ts'
import type { ScanPermits } from './scan-permits.ts'
import type { Seen } from './target-schedule.ts'

/** Scans without a deadline of their own are stopped after this long. */
const defaultDeadlineMs = 60 * 60 * 1000
/** Errors of one scan that are kept; the rest are counted. */
const maxErrors = 20

export interface ScanTask {
  readonly source: Source
  readonly target: Target
  readonly sink: ScanSink
  readonly clock: Clock
  /** The scan's; null: it has none. */
  readonly permits: ScanPermits | null
  readonly redactText: (text: string) => string
  readonly attributionOf: (scope: Scope, id: string) => Attribution | undefined
  readonly onObserved: (count: number) => void
  /** From the end of this scan to the next one's, should it be complete now, milliseconds; null: no other is planned. */
  readonly everyMs: ((seen: Seen) => number) | null
}

export interface ScanResult extends Required<Seen> {
  readonly complete: boolean
  /** Why it is incomplete. */
  readonly errors: readonly ScanError[]
  readonly warnings: readonly ScanError[]
  /** Where `follow` begins; `undefined`: nowhere. */
  readonly resume: string | null | undefined
  readonly retryAfterMs: number | null
}

/** What takes the resources has failed: that is no failure of the target, and no scan is ended for it. */
export class SinkFailure extends Error {}

/**
 * Scans a target once: begins, hands on, ends. What was observed before a failure stays; the scan then ends incomplete.
 * The deadline and the signal end it at once, even where the connector goes on: what it hands on later is refused.
 * @throws SinkFailure where the sink fails; the signal's reason once it is aborted, and the scan is then left open
 */
export async function scanTarget(task: ScanTask, signal: AbortSignal): Promise<ScanResult> {
  const { source, target, sink, clock } = task
  signal.throwIfAborted()
  const writer = await ofSink(() => sink.scan(target.scope))
  const stop = new AbortController()
  const out = new GuardedObserver(task, writer, stop)
  const onAbort = (): void => stop.abort(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const deadlineMs = target.deadlineMs ?? defaultDeadlineMs
  const cancel = clock.after(deadlineMs, () => stop.abort(tooLong(deadlineMs)))
  let report: ScanReport = {}
  let thrown: unknown = null
  try {
    report = await orStopped(() => source.scan(target, out, stop.signal), stop.signal)
  } catch (error) {
    thrown = error
  } finally {
    cancel()
    signal.removeEventListener('abort', onAbort)
    out.close()
    // A scan that ended early leaves nothing running.
    if (thrown !== null) stop.abort(thrown)
  }
  signal.throwIfAborted()
  if (out.sinkFailure !== null) throw out.sinkFailure
  const found = [...out.errors, ...(thrown === null ? [] : [scanErrorOf(thrown, target.scope, task.redactText)])]
  const refused = await ofSink(() => writer.end(outcomeOf(task, report, found, out.observed)))
  const errors = [...found, ...refused]
  const complete = errors.length === 0
  const retryAfterSeconds = thrown instanceof VainoError ? thrown.retryAfterSeconds : undefined
  return {
    complete,
    observed: out.observed,
    unchanged: complete && report.unchanged === true,
    errors,
    warnings: report.warnings ?? [],
    resume: complete ? report.resume : undefined,
    retryAfterMs: retryAfterSeconds === undefined ? null : retryAfterSeconds * 1000,
  }
}

function outcomeOf(
  { everyMs }: ScanTask,
  { attributes, warnings, unchanged = false }: ScanReport,
  errors: readonly ScanError[],
  observed: number,
): ScanOutcome {
  const complete = errors.length === 0
  const often = everyMs === null ? undefined : { [everyMsAttribute]: everyMs({ observed, unchanged }) }
  return {
    complete,
    errors,
    ...(complete && unchanged ? { unchanged } : {}),
    ...(warnings === undefined ? {} : { warnings }),
    ...(complete && (attributes ?? often) !== undefined ? { attributes: { ...attributes, ...often } } : {}),
  }
}

class GuardedObserver {
  readonly #task: ScanTask
  readonly #writer: ScanWriter
  readonly #stop: AbortController
  readonly #errors: ScanError[] = []
  #more = 0
  #isClosed = false
  observed = 0
  sinkFailure: SinkFailure | null = null

  constructor(task: ScanTask, writer: ScanWriter, stop: AbortController) {
    this.#task = task
    this.#writer = writer
    this.#stop = stop
  }

  get errors(): readonly ScanError[] {
    return this.#more === 0 ? this.#errors : [...this.#errors, { message: `and ${this.#more} more errors` }]
  }

  async observe(resource: Parameters<ScanWriter['observe']>[0], by?: Attribution): Promise<void> {
    const { target, attributionOf, onObserved } = this.#task
    await this.#write(() => this.#writer.observe(resource, by ?? attributionOf(target.scope, resource.id)))
    onObserved(++this.observed)
  }

  async gone(id: string, by?: Attribution): Promise<void> {
    const { target, attributionOf } = this.#task
    await this.#write(() => this.#writer.gone(id, by ?? attributionOf(target.scope, id)))
  }

  async #write(step: () => Promise<void>): Promise<void> {
    if (this.#isClosed) throw new Error('the scan has ended')
    this.#stop.signal.throwIfAborted()
    try {
      await step()
    } catch (cause) {
      this.sinkFailure ??= new SinkFailure(messageOf(cause), { cause })
      this.#stop.abort(this.sinkFailure)
      throw this.sinkFailure
    }
  }

  idle<T>(wait: () => Promise<T>): Promise<T> {
    const { permits } = this.#task
    // What goes on after its scan has ended has no permits any more.
    return permits === null || this.#isClosed ? wait() : permits.idle(wait)
  }

  missed(error: ScanError): void {
    if (this.#isClosed) return
    if (this.#errors.length < maxErrors) this.#errors.push(error)
    else this.#more++
  }

  close(): void {
    this.#isClosed = true
  }
}

export async function ofSink<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (cause) {
    throw new SinkFailure(messageOf(cause), { cause })
  }
}

/** The step's outcome, or the signal's reason as soon as it is aborted. */
function orStopped<T>(step: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    Promise.try(step)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function scanErrorOf(thrown: unknown, scope: Scope, redactText: (text: string) => string): ScanError {
  if (!(thrown instanceof VainoError))
    return { message: `${scope} could not be read: ${redactText(messageOf(thrown))}` }
  const message = redactText(thrown.message)
  return {
    message,
    ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
    ...(thrown instanceof ScanFailure ? { code: thrown.scanCode } : {}),
  }
}

const tooLong = (ms: number): VainoError =>
  new VainoError('source_failed', `the scan was stopped after ${ms / 1000} s`, {
    hint: 'What was read by then is kept; it is tried again.',
  })

/** What an error says, without its hint. */
export const messageOfError = (error: ScanError): string => (typeof error === 'string' ? error : error.message)
