import { VainoError } from '../model/errors.ts'
import type { ByteSource } from './byte-source.ts'
import type { Connection } from './connection.ts'
import type { Emit } from './emit.ts'
import { type Release, StreamedBody, type StreamKind } from './streamed-body.ts'

/** Stalled readers are looked for this often per `stallMs`: a stall is noticed at most a quarter of it late. */
const sweepsPerStall = 4

export interface OpenStreamsOptions {
  readonly limits: Readonly<{ maxStreamClients: number; maxBodyReaders: number; stallMs: number }>
  readonly emit: Emit
}

/**
 * Every answer that is still being written: limits their number, cuts off clients that stop reading, and ends them when
 * the server stops. A slow client costs one piece of about 64 KiB here, and after `stallMs` its connection.
 */
export class OpenStreams implements Disposable {
  readonly #open = new Set<StreamedBody>()
  readonly #streams = new WeakSet<ReadableStream>()
  readonly #counts = { followers: 0, bodies: 0 }
  readonly #options: OpenStreamsOptions
  #sweep: NodeJS.Timeout | null = null
  readonly #stop = new AbortController()

  constructor(options: OpenStreamsOptions) {
    this.#options = options
  }

  /** Aborted when the server stops: requests that wait for something then stop waiting. */
  get stopping(): AbortSignal {
    return this.#stop.signal
  }

  /**
   * Takes one permit of the open streams.
   * @throws VainoError `busy` when all are taken, `not_ready` when the server stops
   */
  take(kind: StreamKind): Release {
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
    let isReleased = false
    return (reason, delivered = 0, queuedBytes = 0) => {
      if (isReleased) return
      isReleased = true
      this.#counts[group]--
      const duration_ms = performance.now() - startedMs
      if (reason === 'slow') this.#options.emit('stream_cut', { kind, queued_bytes: queuedBytes })
      else this.#options.emit('stream_closed', { kind, reason, changes: delivered, duration_ms })
    }
  }

  /**
   * Makes a response's body of a source. It takes a permit and returns it however the body ends.
   * @throws VainoError as {@link take}; the source is closed then
   */
  body(kind: StreamKind, source: ByteSource, connection: Connection): ReadableStream<Uint8Array> {
    const release = this.#takeFor(kind, source)
    const body = new StreamedBody({
      kind,
      source,
      connection,
      emit: this.#options.emit,
      onEnd: (...how) => {
        this.#open.delete(body)
        release(...how)
      },
    })
    this.#open.add(body)
    endAtExpiry(body, connection.expiresAtMs ?? null, () => this.#open.has(body))
    this.#streams.add(body.stream)
    this.#startSweeping()
    return body.stream
  }

  /** Whether a response's body was made by {@link body}. */
  isStream(body: ReadableStream): boolean {
    return this.#streams.has(body)
  }

  #takeFor(kind: StreamKind, source: ByteSource): Release {
    try {
      return this.take(kind)
    } catch (refused) {
      source.close()
      throw refused
    }
  }

  #startSweeping(): void {
    if (this.#sweep !== null) return
    const { stallMs } = this.#options.limits
    this.#sweep = setInterval(() => {
      const longAgoMs = performance.now() - stallMs
      for (const body of [...this.#open]) if (body.isStalledSince(longAgoMs)) body.end('slow')
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
    for (const body of [...this.#open]) body.end('shutdown')
  }
}

/** Node's longest timer. */
const maxTimerMs = 2 ** 31 - 1

/** What a token allows ends with it: the stream then ends with where to resume, and the client comes back with another token. */
function endAtExpiry(body: StreamedBody, expiresAtMs: number | null, isOpen: () => boolean): void {
  if (expiresAtMs === null) return
  const look = () => {
    if (!isOpen()) return
    const leftMs = expiresAtMs - Date.now()
    if (leftMs <= 0) body.end('expired')
    else setTimeout(look, Math.min(leftMs, maxTimerMs)).unref()
  }
  look()
}
