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

interface Waiting {
  readonly scope: Scope
  readonly id: string
  readonly by: Attribution
}

export interface AttributionsHost {
  readonly sink: Pick<ScanSink, 'events'>
  readonly clock: Clock
  readonly signal: AbortSignal
  onFailure(error: unknown): void
  onDropped(count: number): void
}

/**
 * Writes who made which change, as an event said, one scope after another. What is written is kept by the partition until its change
 * comes, so it doesn't matter which of the two is first. A failure of the sink is waited out.
 */
export class Attributions {
  readonly #host: AttributionsHost
  #waiting: Waiting[] = []
  #dropped = 0
  #writing: Promise<void> | null = null

  constructor(host: AttributionsHost) {
    this.#host = host
  }

  /** An event without an actor says nothing. */
  add(scope: Scope, id: string, by: Attribution): void {
    if (by.actor == null || this.#host.signal.aborted) return
    this.#waiting.push({ scope, id, by: { ...by, occurredAt: by.occurredAt ?? new Date().toISOString() } })
    if (this.#waiting.length > maxWaiting) {
      this.#waiting.shift()
      this.#dropped++
    }
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null
    })
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
      const { together, rest } = firstScopeOf(this.#waiting)
      this.#waiting = rest
      try {
        await this.#write(together)
      } catch (error) {
        if (signal.aborted) return
        onFailure(error)
        // Written twice an event counts once.
        this.#waiting = [...together, ...this.#waiting]
        this.#dropped += this.#waiting.splice(0, Math.max(0, this.#waiting.length - maxWaiting)).length
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

/** The first one, and those of its scope that wait behind it; and all others. */
function firstScopeOf(waiting: readonly Waiting[]): { together: Waiting[]; rest: Waiting[] } {
  const together: Waiting[] = []
  const rest: Waiting[] = []
  for (const one of waiting) {
    const isIts = one.scope === waiting[0]?.scope && together.length < maxTogether
    ;(isIts ? together : rest).push(one)
  }
  return { together, rest }
}
