import type { Attribution } from '../../connectors/source.ts'
import type { Scope } from '../../model/scope.ts'
import type { ScanSink } from '../intake/scan-sink.ts'
import { type Clock, pause } from './clock.ts'

/** Attributions that wait to be written; the oldest is dropped for a newer one. */
const maxWaiting = 10_000
/** Of one scope that are written together. */
const maxTogether = 500
/** After a failure of the sink. */
const retryMs = 1_000
/**
 * From an event to its record, milliseconds. Until then a scan may see the change, and say with it who made it: a record that comes before its
 * change may be taken for the change before. Reads of AWS lag by a minute at most, as a rule.
 */
const writtenAfterMs = 60_000

interface Waiting {
  readonly scope: Scope
  readonly id: string
  readonly by: Attribution
  readonly dueAt: number
  /** Called once it is committed, or dropped. */
  readonly onWritten: () => void
}

export interface AttributionsHost {
  readonly sink: Pick<ScanSink, 'events'>
  readonly clock: Clock
  readonly signal: AbortSignal
  onFailure(error: unknown): void
  onDropped(count: number): void
}

/**
 * Who made which change, as an event said. The next observation of the thing says it with the change. A minute after the event it is written as
 * a record of its own, for the change that a scan had recorded before, or records later; where the change says so already, that adds nothing. A failure of the sink is waited out.
 */
export class Attributions {
  readonly #host: AttributionsHost
  #waiting: Waiting[] = []
  /** What the next observation takes along; of some that wait. */
  readonly #byKey = new Map<string, Waiting>()
  #dropped = 0
  #writing: Promise<void> | null = null

  constructor(host: AttributionsHost) {
    this.#host = host
  }

  /**
   * An event without an actor says nothing.
   * @param isRecorded its change is recorded already: another one's observation must not take it along
   * @param onWritten called once it is committed, dropped, or has nothing to say
   */
  add(scope: Scope, id: string, by: Attribution, isRecorded = false, onWritten: () => void = () => {}): void {
    if (this.#host.signal.aborted) return
    if (by.actor == null) {
      onWritten()
      return
    }
    const { clock } = this.#host
    const said = { ...by, occurredAt: by.occurredAt ?? new Date().toISOString() }
    const waiting = { scope, id, by: said, onWritten, dueAt: clock.now() + (isRecorded ? 0 : writtenAfterMs) }
    // In the order in which they are due.
    if (isRecorded) this.#waiting.unshift(waiting)
    else {
      this.#waiting.push(waiting)
      this.#byKey.set(`${scope}/${id}`, waiting)
    }
    if (this.#waiting.length > maxWaiting) this.#drop(1)
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null
    })
  }

  /** Each is used once. */
  take(scope: Scope, id: string): Attribution | undefined {
    if (this.#byKey.size === 0) return undefined
    const key = `${scope}/${id}`
    const found = this.#byKey.get(key)
    this.#byKey.delete(key)
    return found?.by
  }

  #drop(count: number): void {
    for (const one of this.#waiting.splice(0, count)) this.#forget(one)
    this.#dropped += count
  }

  #forget(one: Waiting): void {
    const key = `${one.scope}/${one.id}`
    if (this.#byKey.get(key) === one) this.#byKey.delete(key)
    one.onWritten()
  }

  /** Resolves when nothing is written any more; the signal ends that. */
  async stopped(): Promise<void> {
    await this.#writing
  }

  async #writeAll(): Promise<void> {
    const { clock, signal, onFailure, onDropped } = this.#host
    // What is added in the same turn goes together.
    await Promise.resolve()
    while (this.#waiting.length > 0 && !signal.aborted) {
      const now = clock.now()
      const dueInMs = (this.#waiting[0]?.dueAt ?? now) - now
      if (dueInMs > 0) {
        await pause(clock, dueInMs, signal)
        continue
      }
      const { together, rest } = firstScopeOf(this.#waiting, now)
      this.#waiting = rest
      try {
        await this.#write(together)
        for (const one of together) this.#forget(one)
      } catch (error) {
        if (signal.aborted) return
        onFailure(error)
        // Written twice an event counts once.
        this.#waiting = [...together, ...this.#waiting]
        this.#drop(Math.max(0, this.#waiting.length - maxWaiting))
        await pause(clock, retryMs, signal)
      }
      if (this.#dropped > 0) onDropped(this.#dropped)
      this.#dropped = 0
    }
  }

  async #write(together: readonly Waiting[]): Promise<void> {
    const [first] = together
    if (first !== undefined) await this.#host.sink.events(first.scope).attributed(together)
  }
}

/** The first one, and those of its scope behind it that are due; and all others. */
function firstScopeOf(waiting: readonly Waiting[], now: number): { together: Waiting[]; rest: Waiting[] } {
  const together: Waiting[] = []
  const rest: Waiting[] = []
  for (const one of waiting) {
    const isIts = one.scope === waiting[0]?.scope && one.dueAt <= now && together.length < maxTogether
    ;(isIts ? together : rest).push(one)
  }
  return { together, rest }
}
