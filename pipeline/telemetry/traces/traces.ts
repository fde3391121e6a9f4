import { messageOf } from '../../../model/errors.ts'
import type { EventName, FieldsOf } from '../event-table.ts'
import type { ReadTraceSettings, TraceSettings } from './settings.ts'
import { attribute, type Span, spanOf } from './span.ts'

type Emit = <E extends EventName>(event: E, fields: FieldsOf<E>) => void

/** Traces, where the environment asks for them. @param emit is called later, never from here */
export const openTraces = (
  { settings }: ReadTraceSettings,
  redact: (text: string) => string,
  emit: Emit,
): Traces | null => (settings === null ? null : new Traces(settings, redact, emit))

/** An answer after which the same spans may be sent again, as OTLP has it. */
const passes = new Set([429, 502, 503, 504])
/** A stop waits no longer for the last spans. */
const maxStopMs = 3_000

/**
 * Turns events that end work into spans and sends them in batches as OTLP's JSON over HTTP. Nothing waits for it: at most `maxQueue` spans
 * wait, newer ones are dropped and counted. Disposing it sends what waits, once.
 */
export class Traces implements AsyncDisposable {
  readonly #settings: TraceSettings
  readonly #redact: (text: string) => string
  readonly #emit: Emit
  readonly #timer: ReturnType<typeof setInterval>
  readonly #queue: Span[] = []
  #dropped = 0
  #sending: Promise<void> = Promise.resolve()
  #isSending = false

  constructor(settings: TraceSettings, redact: (text: string) => string, emit: Emit) {
    this.#settings = settings
    this.#redact = redact
    this.#emit = emit
    this.#timer = setInterval(() => this.#flush(settings.timeoutMs), settings.delayMs)
  }

  /** Takes note of an event, if it is traced work. */
  observe(event: string, fields: Readonly<Record<string, unknown>>): void {
    const span = spanOf(event, fields, this.#settings, this.#redact, Date.now())
    if (span === null) return
    if (this.#queue.length >= this.#settings.maxQueue) this.#dropped++
    else this.#queue.push(span)
    if (this.#queue.length >= this.#settings.maxBatch) this.#flush(this.#settings.timeoutMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#sending
    this.#flush(Math.min(this.#settings.timeoutMs, maxStopMs))
    await this.#sending
    this.#lose(this.#queue.splice(0).length, 'vaino stops')
  }

  #flush(timeoutMs: number): void {
    this.#lose(this.#dropped, 'too many waited')
    this.#dropped = 0
    if (this.#isSending || this.#queue.length === 0) return
    this.#isSending = true
    this.#sending = this.#sendAll(timeoutMs).finally(() => {
      this.#isSending = false
    })
  }

  /** Batch by batch, until one has to wait. */
  async #sendAll(timeoutMs: number): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, this.#settings.maxBatch)
      const { outcome, why } = await this.#send(batch, timeoutMs)
      if (outcome === 'later') return this.#emit('spans_delayed', { count: this.#queue.length, reason: why })
      this.#queue.splice(0, batch.length)
      if (outcome === 'lost') this.#lose(batch.length, why)
      else this.#emit('spans_sent', { count: batch.length })
    }
  }

  async #send(batch: readonly Span[], timeoutMs: number): Promise<{ outcome: 'sent' | 'later' | 'lost'; why: string }> {
    const { url, headers, resource } = this.#settings
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(requestOf(batch, resource)),
        // The spans and the headers are for that address alone.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      })
      await answer.body?.cancel()
      if (answer.ok) return { outcome: 'sent', why: '' }
      return { outcome: passes.has(answer.status) ? 'later' : 'lost', why: `the answer was ${answer.status}` }
    } catch (error) {
      return { outcome: 'later', why: messageOf(error) }
    }
  }

  #lose(count: number, reason: string): void {
    if (count > 0) this.#emit('spans_lost', { count, reason })
  }
}

/** An `ExportTraceServiceRequest` in OTLP's JSON. */
const requestOf = (spans: readonly Span[], resource: Readonly<Record<string, string>>) => ({
  resourceSpans: [
    {
      resource: { attributes: Object.entries(resource).map(([key, value]) => attribute(key, value)) },
      scopeSpans: [{ scope: { name: 'vaino' }, spans }],
    },
  ],
})
