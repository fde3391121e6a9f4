import { LRUCache } from 'lru-cache'
import type { FeedQueue } from './feed-queue.ts'
import { orAborted } from './or-aborted.ts'

/** Ids of events whose messages were removed: feeds deliver at least once. */
const maxRemembered = 20_000
/** Messages that are worked on; no more are received before some of them are done. Of each the event is held, some KB at most. */
const maxOpen = 10_000
/** A message is held for this long each time, seconds. Both Pub/Sub and SQS allow more. */
const holdS = 60
/** Receipts of one event: each delivery has its own, and the newest count. */
const maxReceipts = 3

/** When open messages are held, milliseconds. */
export interface HoldTimes {
  /** From the receipt to the first time. Less than the shortest time after which a queue gives a message again: 10 s in Pub/Sub. */
  readonly afterMs: number
  /** From one time to the next. */
  readonly everyMs: number
}

export const usualTimes: HoldTimes = { afterMs: 5_000, everyMs: 20_000 }

interface Open {
  receipts: readonly string[]
  holdAt: number
}

/**
 * Messages from their receipt until all that came of them is committed: they are held meanwhile, and then removed. What is not removed when the process
 * ends comes again. A failure to hold or to remove stands in `failed`.
 */
export class OpenMessages implements Disposable {
  readonly #queue: FeedQueue
  readonly #times: HoldTimes
  readonly #signal: AbortSignal
  readonly #closed = new LRUCache<string, true>({ max: maxRemembered })
  /** By the ids of their events. */
  readonly #open = new Map<string, Open>()
  #done: string[] = []
  #removing: Promise<void> | null = null
  readonly #holding: ReturnType<typeof setInterval>
  #room = Promise.withResolvers<void>()
  readonly #failure = new AbortController()

  constructor(queue: FeedQueue, times: HoldTimes, signal: AbortSignal) {
    this.#queue = queue
    this.#times = times
    this.#signal = signal
    this.#holding = setInterval(() => this.#hold(), times.afterMs / 2)
  }

  /** Aborted with the failure of a call that holds or removes. */
  get failed(): AbortSignal {
    return this.#failure.signal
  }

  /** Resolves when another message may be received. @throws the signal's reason */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#open.size >= maxOpen) await orAborted(this.#room.promise, signal)
  }

  /** @returns false where the event is known: its message is then removed with the first one */
  take(eventId: string, receipt: string): boolean {
    const open = this.#open.get(eventId)
    if (open !== undefined) open.receipts = [...open.receipts, receipt].slice(-maxReceipts)
    else if (this.#closed.has(eventId)) this.remove([receipt])
    else {
      this.#open.set(eventId, { receipts: [receipt], holdAt: performance.now() + this.#times.afterMs / 2 })
      return true
    }
    return false
  }

  /** All that came of an event is committed. */
  close(eventId: string): void {
    this.#closed.set(eventId, true)
    this.remove(this.#letGo(eventId))
  }

  /** Others must see to the event: the queue gives its message again. */
  leave(eventId: string): void {
    this.#letGo(eventId)
  }

  /** What must be done for an event failed in a way that nobody foresaw: the feed ends, and begins anew. */
  fail(error: unknown): void {
    this.#failure.abort(error)
  }

  /** Removes what is done, all that waits for it in one call. */
  remove(receipts: readonly string[]): void {
    this.#done.push(...receipts)
    if (this.#done.length > 0 && !this.#signal.aborted) this.#removing ??= this.#removeAll()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#holding)
  }

  #letGo(eventId: string): readonly string[] {
    const { receipts } = this.#open.get(eventId) ?? { receipts: [] }
    this.#open.delete(eventId)
    this.#room.resolve()
    this.#room = Promise.withResolvers<void>()
    return receipts
  }

  /** Never rejects. */
  async #removeAll(): Promise<void> {
    // What is done in the same turn goes together.
    await Promise.resolve()
    try {
      while (this.#done.length > 0) await this.#queue.remove(this.#done.splice(0, this.#queue.mostAtOnce), this.#signal)
    } catch (error) {
      this.fail(error)
    } finally {
      this.#removing = null
    }
  }

  #hold(): void {
    const now = performance.now()
    const due = [...this.#open.values()].filter(({ holdAt }) => holdAt <= now)
    for (const open of due) open.holdAt = now + this.#times.everyMs
    this.#holdAll(due.flatMap(({ receipts }) => receipts)).catch((error: unknown) => this.fail(error))
  }

  async #holdAll(receipts: readonly string[]): Promise<void> {
    const { mostAtOnce } = this.#queue
    for (let at = 0; at < receipts.length; at += mostAtOnce)
      await this.#queue.hold(receipts.slice(at, at + mostAtOnce), holdS, this.#signal)
  }
}
