import { type ByteSource, nextTurn } from './byte-source.ts'
import type { Connection } from './connection.ts'
import type { Emit } from './emit.ts'

export type StreamKind = 'sse' | 'long_poll' | 'snapshot' | 'diff'
/** `expired`: the token of its caller did. `done`: read to its end. `client`: the client left first. `slow`: the client stopped reading and was cut off. */
export type CloseReason = 'done' | 'client' | 'slow' | 'shutdown' | 'expired' | 'error'

/** Returns a permit to the open streams; a second call does nothing. */
export type Release = (reason: CloseReason, delivered?: number, queuedBytes?: number) => void

/** Seconds that a client has, after its answer ended, to read what the socket still holds. */
const drainSeconds = 30

export interface StreamedBodyOptions {
  readonly kind: StreamKind
  readonly source: ByteSource
  readonly connection: Connection
  readonly emit: Emit
  /** Called once, when the body has ended. */
  readonly onEnd: Release
}

/**
 * The body of one answer, produced while the client reads it. States: open (the client has bytes to read), asking (the
 * source is producing the next piece), ended. An end that comes while the source is asked waits for its answer, so that
 * the last words name a position after everything that was sent.
 */
export class StreamedBody {
  readonly stream: ReadableStream<Uint8Array>
  readonly #options: StreamedBodyOptions
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null
  /** When the last piece was handed to the runtime, which asks again once the client has taken it; null while asking. */
  #waitingSinceMs: number | null = null
  #handedOverBytes = 0
  #isAsking = false
  #isOpen = true
  #endAfterAnswer: CloseReason | null = null

  constructor(options: StreamedBodyOptions) {
    this.#options = options
    options.connection.setIdleTimeout(0)
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.#pull(),
        cancel: () => {
          if (this.#settle('client')) options.source.close()
        },
      },
      { highWaterMark: 0 },
    )
  }

  /** The client has taken nothing since before `timeMs` (of `performance.now()`). */
  isStalledSince(timeMs: number): boolean {
    return this.#waitingSinceMs !== null && this.#waitingSinceMs < timeMs
  }

  /** Ends the body with its last words, at once or after the source's pending answer. */
  end(reason: CloseReason): void {
    if (this.#isAsking) {
      this.#endAfterAnswer = reason
      this.#options.source.close()
    } else this.#finish(reason)
  }

  async #pull(): Promise<void> {
    const isNext = this.#waitingSinceMs !== null
    this.#waitingSinceMs = null
    this.#isAsking = true
    try {
      // A fast reader asks again within a microtask: other requests get their turn between two pieces.
      if (isNext) await nextTurn()
      const bytes = await this.#options.source.next()
      this.#isAsking = false
      if (!this.#isOpen) return
      if (bytes !== null) {
        this.#waitingSinceMs = performance.now()
        this.#handedOverBytes = bytes.length
        this.#controller?.enqueue(bytes)
      }
      if (this.#endAfterAnswer !== null) this.#finish(this.#endAfterAnswer)
      else if (bytes === null) this.#finish('done')
    } catch (error) {
      this.#isAsking = false
      this.#fail(error)
    }
  }

  #finish(reason: CloseReason): void {
    const { source } = this.#options
    const words = reason === 'slow' || reason === 'shutdown' || reason === 'expired' ? source.lastWords?.(reason) : null
    if (!this.#settle(reason)) return
    source.close()
    if (words) this.#controller?.enqueue(words)
    this.#controller?.close()
  }

  #fail(error: unknown): void {
    if (this.#endAfterAnswer !== null) this.#finish(this.#endAfterAnswer)
    if (!this.#settle('error')) return
    this.#options.source.close()
    this.#options.emit('http_failed', { method: 'GET', route: this.#options.kind, error })
    // The connection breaks, so that no client takes half an answer for a whole one.
    this.#controller?.error(error)
  }

  /** @returns false when the body has ended already */
  #settle(reason: CloseReason): boolean {
    if (!this.#isOpen) return false
    this.#isOpen = false
    this.#options.onEnd(reason, this.#options.source.delivered, this.#handedOverBytes)
    this.#options.connection.setIdleTimeout(drainSeconds)
    return true
  }
}
