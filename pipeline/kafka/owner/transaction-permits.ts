import { Permits } from '../../intake/permits.ts'

/** While memory is short, a worker prepares one piece and has another one told to the topics. */
const piecesWhilePaused = 2

export interface TransactionPermitOptions {
  readonly workers: number
  /** What all workers have under way takes so much memory at most, or one piece each. */
  readonly bytes: number
  /** What one piece of a topic takes of it. */
  readonly pieceBytes: number
  /** How many pieces one worker has under way at most. */
  readonly pieces: number
}

/**
 * Room for what workers have under way, each worker's its own: were it shared, some would have nothing to do while others had
 * work waiting. Partition `p` is worker `p mod n`'s, as in the pool.
 */
export class TransactionPermits {
  readonly #rooms: readonly Permits[]
  readonly #piece: { readonly events: number; readonly bytes: number }
  readonly #whole: { readonly events: number; readonly bytes: number }

  constructor({ workers, bytes, pieceBytes, pieces }: TransactionPermitOptions) {
    this.#piece = { events: 1, bytes: pieceBytes }
    this.#whole = { events: pieces, bytes: Math.floor(bytes / workers) }
    this.#rooms = Array.from({ length: workers }, () => new Permits(this.#whole, piecesWhilePaused))
  }

  /**
   * Does something with a piece when the partition's worker has room.
   * @param isAlone when no worker does anything else
   * @throws VainoError `busy` when the signal is aborted first
   */
  during<T>(partition: number, signal: AbortSignal, work: () => Promise<T>, isAlone = false): Promise<T> {
    const own = partition % this.#rooms.length
    const taken = isAlone ? this.#rooms : this.#rooms.slice(own, own + 1)
    const want = isAlone ? this.#whole : this.#piece
    // All of them are taken in one order, so that no two have what the other waits for.
    return taken.reduceRight<() => Promise<T>>((next, room) => () => room.during(want, signal, next), work)()
  }

  /** @see Permits.pause */
  pause(paused: boolean): void {
    for (const room of this.#rooms) room.pause(paused)
  }
}
