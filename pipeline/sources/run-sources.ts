import type { Collector, ScanSink } from '../../connectors/connector.ts'
import { messageOf } from '../../model/errors.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'

export interface SourceStatus {
  readonly name: string
  readonly state: 'waiting' | 'collecting' | 'failing'
  readonly lastRoundAt: string | null
  readonly error: string | null
  readonly rounds: number
}

export interface Source {
  readonly collector: Collector
  /** From the end of one round to the start of the next. */
  readonly intervalMs: number
  sink(signal: AbortSignal): ScanSink
}

export interface RunningSources extends AsyncDisposable {
  status(): readonly SourceStatus[]
}

/** A source that fails is tried again after its interval, longer each time up to this many intervals. */
const maxBackoffIntervals = 10

/**
 * Goes on collecting from every source: a round, then the interval or what its watch reports, whichever is sooner. Rounds
 * of one source never overlap; what a watch reports during a round makes one more follow.
 */
export function runSources(sources: readonly Source[], telemetry: Telemetry): RunningSources {
  const stopping = new AbortController()
  const loops = sources.map((source) => new SourceLoop(source, telemetry, stopping.signal))
  const running = loops.map((loop) => loop.run())
  return {
    status: () => loops.map((loop) => loop.status),
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await Promise.all(running)
    },
  }
}

class SourceLoop {
  readonly #source: Source
  readonly #telemetry: Telemetry
  readonly #signal: AbortSignal
  #wake: (() => void) | null = null
  #changed = false
  #failures = 0
  #status: SourceStatus

  constructor(source: Source, telemetry: Telemetry, signal: AbortSignal) {
    this.#source = source
    this.#telemetry = telemetry
    this.#signal = signal
    this.#status = { name: source.collector.name, state: 'waiting', lastRoundAt: null, error: null, rounds: 0 }
  }

  get status(): SourceStatus {
    return this.#status
  }

  async run(): Promise<void> {
    this.#telemetry.emit('source_opened', { source: this.#source.collector.name })
    using _watch = this.#source.collector.watch?.(() => this.#onChange())
    while (!this.#signal.aborted) {
      this.#changed = false
      await this.#round()
      // A signal that was aborted during the round calls no listener any more, and the pause would last its whole interval.
      if (!this.#changed && !this.#signal.aborted) await this.#pause()
    }
  }

  #onChange(): void {
    this.#changed = true
    this.#wake?.()
  }

  async #round(): Promise<void> {
    const { collector } = this.#source
    const startedAt = performance.now()
    this.#status = { ...this.#status, state: 'collecting' }
    let error: unknown = null
    try {
      await collector.collect(this.#source.sink(this.#signal), this.#signal)
    } catch (thrown) {
      error = thrown
    }
    if (this.#signal.aborted) return
    const duration_ms = performance.now() - startedAt
    this.#failures = error === null ? 0 : this.#failures + 1
    this.#status = {
      ...this.#status,
      state: error === null ? 'waiting' : 'failing',
      lastRoundAt: new Date().toISOString(),
      error: error === null ? null : messageOf(error),
      rounds: this.#status.rounds + 1,
    }
    if (error === null) this.#telemetry.emit('source_round_done', { source: collector.name, duration_ms })
    else this.#telemetry.emit('source_round_failed', { source: collector.name, error, duration_ms })
  }

  #pause(): Promise<void> {
    const backoff = Math.min(maxBackoffIntervals, 2 ** Math.max(0, this.#failures - 1))
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#signal.removeEventListener('abort', done)
        this.#wake = null
        resolve()
      }
      const timer = setTimeout(done, this.#source.intervalMs * backoff)
      this.#signal.addEventListener('abort', done, { once: true })
      this.#wake = done
    })
  }
}
