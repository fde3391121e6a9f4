import type { Resource } from '../../model/resource.ts'
import { Patience } from './patience.ts'

/** Items of one scan whose details are read at once; the source's permits bound the calls of all scans. */
export const itemsAtOnce = 8

export interface RowSink {
  observe(resource: Resource): Promise<void>
  /** An item or a part could not be read: the scan goes on and ends incomplete. */
  missed(error: unknown): void
}

/** One scan of a type: each resource is observed once, and a failed read is a missed item until the scan's patience is over. Memory: the ids that were seen. */
export class RowObservation {
  readonly #sink: RowSink
  readonly #signal: AbortSignal
  readonly #seen = new Set<string>()
  readonly #patience = new Patience()

  constructor(sink: RowSink, signal: AbortSignal) {
    this.#sink = sink
    this.#signal = signal
  }

  /** Counts an item as missed. @throws the signal's reason, and a failure that must end the scan ({@link Patience}) */
  bear(error: unknown): void {
    this.#signal.throwIfAborted()
    this.#patience.bear(error)
    this.#sink.missed(error)
  }

  /** Observes a resource unless it was seen before. @param read answers null where it is gone; what it throws is borne */
  async take(read: () => Promise<Resource | null>): Promise<void> {
    const resource = await this.#readOrBear(read)
    if (resource === null || this.#seen.has(resource.id)) return
    this.#seen.add(resource.id)
    await this.#sink.observe(resource)
  }

  async #readOrBear(read: () => Promise<Resource | null>): Promise<Resource | null> {
    try {
      return await read()
    } catch (error) {
      this.bear(error)
      return null
    }
  }
}
