import { Permits } from '../../intake/permits.ts'

/** Pieces of a worker while memory is short: one is prepared while another is published. */
const piecesWhilePaused = 2

export interface TransactionPermitOptions {
  readonly workers: number
  /** Maximum bytes of the pieces under way, of all workers together; each may always have one piece. */
  readonly bytes: number
  /** Bytes of one piece of a topic. */
  readonly pieceBytes: number
  /** Maximum pieces of one worker under way. */
  readonly pieces: number
}

/**
 * Permits for the pieces that workers process. Each worker has its own, because with shared permits one worker could take all
 * while others are idle. Partition `p` belongs to worker `p mod n`, as in the pool.
 */
export class TransactionPermits {
  readonly #permits: readonly Permits[]
  readonly #piece: { readonly events: number; readonly bytes: number }
  readonly #whole: { readonly events: number; readonly bytes: number }

  constructor({ workers, bytes, pieceBytes, pieces }: TransactionPermitOptions) {
    this.#piece = { events: 1, bytes: pieceBytes }
    this.#whole = { events: pieces, bytes: Math.floor(bytes / workers) }
    this.#permits = Array.from({ length: workers }, () => new Permits(this.#whole, piecesWhilePaused))
  }

  /**
   * Does the work of a piece with permits of the partition's worker.
   * @param isAlone with the permits of all workers, so that no other piece is processed meanwhile
   * @throws VainoError `busy` when the signal is aborted first
   */
  during<T>(partition: number, signal: AbortSignal, work: () => Promise<T>, isAlone = false): Promise<T> {
    const own = partition % this.#permits.length
    const taken = isAlone ? this.#permits : this.#permits.slice(own, own + 1)
    const want = isAlone ? this.#whole : this.#piece
    // Always in the same order, so that no two calls wait for each other.
    return taken.reduceRight<() => Promise<T>>((next, permits) => () => permits.during(want, signal, next), work)()
  }

  /** @see Permits.pause */
  pause(paused: boolean): void {
    for (const permits of this.#permits) permits.pause(paused)
  }
}
