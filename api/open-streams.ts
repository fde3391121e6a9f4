import { VainoError } from '../model/errors.ts'
import type { Emit } from './api-context.ts'
import { type ByteSource, nextTurn } from './byte-source.ts'
import type { Connection } from './connection.ts'

export type StreamKind = 'sse' | 'long_poll' | 'snapshot' | 'diff'
/** `done`: it was read to its end. `client`: the client left before. `slow`: it stopped reading and was cut off. */
type CloseReason = 'done' | 'client' | 'slow' | 'shutdown' | 'error'

/** Gives a place back; a second call does nothing. */
export type GiveBack = (reason: CloseReason, delivered?: number, queuedBytes?: number) => void

/** A client that took nothing until it was cut off has this long to drain what the socket still holds. */
const drainSeconds = 30
/** Stalled readers are looked for this often; a stall is noticed at most so much late. */
const sweepsPerStall = 4

interface OpenStream {
  readonly end: (reason: CloseReason) => void
  /** When bytes were handed over that the client has not taken; null while the source is asked. */
  waitingSinceMs: number | null
}

export interface OpenStreamsOptions {
  readonly limits: Readonly<{ maxStreamClients: number; maxBodyReaders: number; stallMs: number }>
  readonly emit: Emit
}

/**
 * Every answer that is still being written: how many there may be, which of them nobody reads, and how they end when the
 * server stops. A reader's slowness costs one piece of about 64 KiB here, and after `stallMs` its connection.
 */
export class OpenStreams implements Disposable {
  readonly #open = new Map<symbol, OpenStream>()
  readonly #counts = { followers: 0, bodies: 0 }
  readonly #options: OpenStreamsOptions
  #sweep: NodeJS.Timeout | null = null
  readonly #stop = new AbortController()

  constructor(options: OpenStreamsOptions) {
    this.#options = options
  }

  /** Aborted when the server stops: whoever waits for a client's sake stops waiting. */
  get stopping(): AbortSignal {
    return this.#stop.signal
  }

  /**
   * Takes a place among the open streams.
   * @throws VainoError `busy` when all are taken, `not_ready` when the server stops
   */
  take(kind: StreamKind): GiveBack {
    if (this.stopping.aborted) throw new VainoError('not_ready', 'This server is stopping', { retryAfterSeconds: 5 })
    const follows = kind === 'sse' || kind === 'long_poll'
    const group = follows ? 'followers' : 'bodies'
    const limit = follows ? this.#options.limits.maxStreamClients : this.#options.limits.maxBodyReaders
    if (this.#counts[group] >= limit) {
      throw new VainoError('busy', `${limit} clients are being served already`, {
        hint: follows
          ? 'Close a stream that nobody needs, or follow the changes from another node.'
          : 'Try again when one of the running downloads has ended.',
        retryAfterSeconds: 5,
      })
    }
    this.#counts[group]++
    const startedMs = performance.now()
    this.#options.emit('stream_opened', { kind })
    let given = false
    return (reason, delivered = 0, queuedBytes = 0) => {
      if (given) return
      given = true
      this.#counts[group]--
      const duration_ms = performance.now() - startedMs
      if (reason === 'slow') this.#options.emit('stream_cut', { kind, queued_bytes: queuedBytes })
      else this.#options.emit('stream_closed', { kind, reason, changes: delivered, duration_ms })
    }
  }

  /** Makes a response's body of a source; takes a place for it, and gives it back however the body ends. */
  body(kind: StreamKind, source: ByteSource, connection: Connection): ReadableStream<Uint8Array> {
    let giveBack: GiveBack
    try {
      giveBack = this.take(kind)
    } catch (refused) {
      source.close()
      throw refused
    }
    connection.setIdleTimeout(0)
    const id = Symbol(kind)
    let controller: ReadableStreamDefaultController<Uint8Array>
    let handedOverBytes = 0
    const settle = (reason: CloseReason) => {
      if (!this.#open.delete(id)) return false
      giveBack(reason, source.delivered, handedOverBytes)
      connection.setIdleTimeout(drainSeconds)
      return true
    }
    // While the source is asked, the end waits for its answer: what it has made counts as handed over.
    let asking = false
    let ending: CloseReason | null = null
    const finish = (reason: CloseReason) => {
      const words = reason === 'slow' || reason === 'shutdown' ? source.lastWords?.(reason) : null
      if (!settle(reason)) return
      source.close()
      if (words) controller.enqueue(words)
      controller.close()
    }
    const stream: OpenStream = {
      waitingSinceMs: null,
      end(reason) {
        if (!asking) return finish(reason)
        ending = reason
        source.close()
      },
    }
    this.#open.set(id, stream)
    this.#startSweeping()
    const fail = (error: unknown) => {
      if (ending !== null) return finish(ending)
      if (!settle('error')) return
      source.close()
      this.#options.emit('http_failed', { method: 'GET', route: kind, error })
      // The connection breaks, so that nobody takes half an answer for a whole one.
      controller.error(error)
    }
    return new ReadableStream<Uint8Array>(
      {
        start: (given) => {
          controller = given
        },
        pull: async () => {
          const isNext = stream.waitingSinceMs !== null
          stream.waitingSinceMs = null
          asking = true
          try {
            // A fast reader asks again at once, from within a microtask: others must get their turn between two pieces.
            if (isNext) await nextTurn()
            const bytes = await source.next()
            asking = false
            if (!this.#open.has(id)) return
            if (bytes !== null) {
              stream.waitingSinceMs = performance.now()
              handedOverBytes = bytes.length
              controller.enqueue(bytes)
            }
            if (ending !== null) finish(ending)
            else if (bytes === null) finish('done')
          } catch (error) {
            asking = false
            fail(error)
          }
        },
        cancel: () => {
          if (settle('client')) source.close()
        },
      },
      { highWaterMark: 0 },
    )
  }

  #startSweeping(): void {
    if (this.#sweep !== null) return
    const { stallMs } = this.#options.limits
    this.#sweep = setInterval(() => {
      const longAgo = performance.now() - stallMs
      for (const stream of this.#open.values())
        if (stream.waitingSinceMs !== null && stream.waitingSinceMs < longAgo) stream.end('slow')
      if (this.#open.size === 0) this.#stopSweeping()
    }, stallMs / sweepsPerStall)
    this.#sweep.unref()
  }

  #stopSweeping(): void {
    if (this.#sweep !== null) clearInterval(this.#sweep)
    this.#sweep = null
  }

  /** Ends every stream with its last words and takes no more. */
  [Symbol.dispose](): void {
    this.#stop.abort()
    this.#stopSweeping()
    for (const stream of [...this.#open.values()]) stream.end('shutdown')
  }
}
