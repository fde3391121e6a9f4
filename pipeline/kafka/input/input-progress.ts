import type { GroupPositions } from '../../../connectors/kafka/kafka.ts'
import { VainoError } from '../../../model/errors.ts'

export interface ProgressParts {
  readonly positions: GroupPositions
  /** The last change of each partition in this node's files. */
  readonly heads: readonly number[]
  /** Called once when the positions can't be read any more; they are asked for again. */
  failed(error: unknown): void
  /** The input topic was created anew, which showed at this partition. */
  recreated(partition: number): void
}

/** How far behind a partition is; null while that is not known. */
export interface PartitionLag {
  /** Offsets of the input that the processors have not committed yet. */
  readonly input: number | null
  /** Changes that this node's copy lacks. */
  readonly changes: number | null
}

interface Waiter {
  readonly targets: ReadonlyMap<number, number>
  readonly resolve: () => void
}

const askEveryMs = 25
const askSlowlyEveryMs = 250
/** A request that waits longer waits for a rebalance or a slow processor, so the group is asked less often. */
const isSlowAfterMs = 2000
const lagEveryMs = 5000
const maxWaiting = 1024

/** The metadata of the committed input offset: the partition's last change at that time. */
export const noteOf = (head: number): string => String(head)
/** The last change in a committed offset's metadata; null if another program committed the offset. */
export const headIn = (note: string): number | null => (/^\d{1,15}$/.test(note) ? Number(note) : null)

/**
 * How far the input is processed. This node's partitions report it at once; for all others the group's committed offsets say it,
 * with the partition's last change at that time. A node whose copy has that change contains all effects of the input before.
 */
export class InputProgress implements AsyncDisposable {
  readonly #parts: ProgressParts
  /** By partition: the input offset that comes next, and the last change then. */
  readonly #processed: { next: number; head: number }[]
  #lags: readonly PartitionLag[]
  readonly #waiters = new Set<Waiter>()
  readonly #lagTimer: ReturnType<typeof setInterval>
  #asking: Promise<void> | null = null
  #measuring: Promise<void> | null = null
  #isFailing = false
  #generation = 0
  /** The ends of the partitions when last asked for; null unless the topic was created anew. */
  #ends: readonly number[] | null = null
  #wasShort = false
  #isClosed = false

  constructor(parts: ProgressParts) {
    this.#parts = parts
    this.#processed = parts.heads.map(() => ({ next: 0, head: 0 }))
    this.#lags = parts.heads.map(() => ({ input: null, changes: null }))
    this.#lagTimer = setInterval(() => this.#measure(), lagEveryMs)
    this.#lagTimer.unref()
    this.#measure()
  }

  get lags(): readonly PartitionLag[] {
    return this.#lags
  }

  /** How often this node has seen the input topic created anew. */
  get generation(): number {
    return this.#generation
  }

  /** The offset after the last input that is known to be processed. */
  nextOf(partition: number): number {
    return this.#processed[partition]?.next ?? 0
  }

  /**
   * A partition's log ends before the offset up to which it was processed: the topic was deleted and re-created. Its offsets
   * start again, so requests that wait for records of the old topic fail: the effects of those records are unknown.
   * @returns false if that is known already, or nothing was known of the partition
   */
  recreated(partition: number, processed: number): boolean {
    if (this.nextOf(partition) < processed) return false
    this.#generation++
    this.#ends = []
    for (const known of this.#processed) {
      known.next = 0
      known.head = 0
    }
    this.#parts.recreated(partition)
    for (const waiter of this.#waiters) waiter.resolve()
    return true
  }

  /** @throws VainoError `busy` when too many wait already */
  requireCapacity(): void {
    if (this.#waiters.size < maxWaiting) return
    throw new VainoError('busy', `${maxWaiting} requests wait to be processed already`, { retryAfterSeconds: 1 })
  }

  /** A processor has committed everything before an input offset, and its partition's last change was this one then. */
  processed(partition: number, next: number, head: number): void {
    const known = this.#processed[partition]
    if (known === undefined || next < known.next) return
    // A late report about the old topic is ignored. One about this topic comes again when its ends are known.
    if (this.#ends !== null && next > (this.#ends[partition] ?? 0)) return
    known.next = next
    known.head = head
    this.moved()
  }

  /** This node's files have new changes. */
  moved(): void {
    for (const waiter of this.#waiters) if (this.#isReached(waiter.targets)) waiter.resolve()
  }

  /**
   * Resolves when all input before these offsets is processed and this node's files contain its effects.
   * @param targets by partition
   * @param generation when the sending began
   * @throws VainoError `not_ready`, which says whether the records are safe and how far the processors are
   */
  async whenProcessed(
    targets: ReadonlyMap<number, number>,
    withinMs: number,
    generation = this.#generation,
  ): Promise<void> {
    if (generation !== this.#generation) throw sentBefore()
    if (this.#isReached(targets)) return
    const done = Promise.withResolvers<void>()
    const waiter = { targets, resolve: done.resolve }
    this.#waiters.add(waiter)
    this.#asking ??= this.#askWhileAwaited().finally(() => {
      this.#asking = null
    })
    const timer = setTimeout(done.resolve, withinMs)
    try {
      await done.promise
    } finally {
      clearTimeout(timer)
      this.#waiters.delete(waiter)
    }
    if (generation !== this.#generation) throw sentBefore()
    if (!this.#isReached(targets)) throw this.#late(targets, withinMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#lagTimer)
    for (const waiter of this.#waiters) waiter.resolve()
    // First, because it ends the requests that the two loops wait for.
    await this.#parts.positions[Symbol.asyncDispose]()
    await Promise.all([this.#asking, this.#measuring])
  }

  #isReached(targets: ReadonlyMap<number, number>): boolean {
    for (const [partition, target] of targets) {
      const { next, head } = this.#processed[partition] ?? { next: 0, head: 0 }
      if (next < target || (this.#parts.heads[partition] ?? 0) < head) return false
    }
    return true
  }

  async #askWhileAwaited(): Promise<void> {
    for (const startedAt = performance.now(); this.#waiters.size > 0 && !this.#isClosed; ) {
      const isSlow = performance.now() - startedAt > isSlowAfterMs
      // This node's own partitions report before the group could answer.
      await new Promise((resolve) => setTimeout(resolve, isSlow ? askSlowlyEveryMs : askEveryMs))
      if (this.#waiters.size > 0 && !this.#isClosed) await this.#ask()
    }
  }

  /** @returns whether the group could be asked */
  async #ask(): Promise<boolean> {
    try {
      if (this.#ends !== null) this.#ends = await this.#parts.positions.ends()
      for (const [partition, { nextOffset, note }] of (await this.#parts.positions.committed()).entries()) {
        this.processed(partition, nextOffset ?? 0, headIn(note) ?? 0)
      }
      this.#isFailing = false
      return true
    } catch (error) {
      if (!this.#isFailing && !this.#isClosed) this.#parts.failed(error)
      this.#isFailing = true
      return false
    }
  }

  #measure(): void {
    this.#measuring ??= this.#measureLags().finally(() => {
      this.#measuring = null
    })
  }

  async #measureLags(): Promise<void> {
    let ends: readonly number[] | null = null
    if (!this.#isClosed && (await this.#ask())) {
      // What stands behind a transaction that somebody leaves open is not processed either.
      ends = await this.#parts.positions.ends('uncommitted').catch((error: unknown) => {
        if (!this.#isClosed) this.#parts.failed(error)
        return null
      })
    }
    if (ends !== null) this.#compare(ends)
    this.#lags = this.#processed.map(({ next, head }, partition) => {
      if (ends === null) return { input: null, changes: null }
      return {
        input: Math.max(0, (ends[partition] ?? 0) - next),
        changes: Math.max(0, head - (this.#parts.heads[partition] ?? 0)),
      }
    })
  }

  #compare(ends: readonly number[]): void {
    const short = this.#processed.findIndex(({ next }, partition) => (ends[partition] ?? 0) < next)
    // Only the second time: a new leader may not know the end for a moment.
    if (short >= 0 && this.#wasShort) this.recreated(short, this.nextOf(short))
    this.#wasShort = short >= 0
  }

  #late(targets: ReadonlyMap<number, number>, withinMs: number): VainoError {
    const partitions = [...targets].map(([partition, sent_to]) => ({
      partition,
      sent_to,
      processed_to: this.#processed[partition]?.next ?? 0,
    }))
    const text = `The records are safe in Kafka, and not all of them were processed within ${withinMs / 1000} s`
    return new VainoError('not_ready', text, {
      hint: 'Do not send them again: they will be processed. `vaino doctor` and vaino_consumer_lag_messages show how far the processors are.',
      retryAfterSeconds: 5,
      details: { records_safe: true, partitions },
    })
  }
}

const sentBefore = (): VainoError =>
  new VainoError('not_ready', 'The input topic was re-created meanwhile, and what became of the records nobody knows', {
    hint: 'Send them again: the same observation twice is no change.',
    retryAfterSeconds: 1,
    details: { records_safe: false },
  })
