// Long because following and rebuilding share the positions in both topics.
import { type FetchedChunk, isTruncated, type LogReader, topicNames } from '../../../connectors/kafka/kafka.ts'
import { longerPauseMs, pause } from '../../../connectors/kafka/pause.ts'
import { VainoError } from '../../../model/errors.ts'
import { WorkerLost } from '../../threads/worker-lost.ts'
import type { WorkerPool } from '../../threads/worker-pool.ts'
import type { CrashRecord } from '../input/crash-journal.ts'
import { type FollowedTopic, type ForeignFound, ForeignMessages } from '../messages/foreign-messages.ts'
import type { KafkaAnswers, KafkaRequest } from '../node/requests.ts'
import type { TransactionPermits } from '../owner/transaction-permits.ts'
import { ownChunk } from './own-chunk.ts'
import { type PoisonFound, PoisonMessages, poisonMessage, type Span } from './poison-messages.ts'

export interface FollowerEvents {
  followed(partition: number, head: number): void
  rebuilding(partition: number, why: string): void
  /** Messages that another program wrote were passed over. */
  foreign(partition: number, found: ForeignFound): void
  /** A worker died at these messages; they are read again after a pause. */
  deadly(partition: number, found: PoisonFound): void
  /** The file has all that the topics held when their ends were asked for. */
  caughtUp(partition: number): void
  /** Following failed; it is tried again after a pause. */
  failed(partition: number, error: unknown): void
}

export interface FollowerParts {
  readonly prefix: string
  readonly log: LogReader
  readonly workers: WorkerPool<KafkaRequest, KafkaAnswers>
  readonly transactionPermits: TransactionPermits
  /** The first offset of a topic's partition whose record is not older than a time; the signal ends the wait for a leader. */
  offsetAtTime(topic: string, partition: number, timeMs: number, signal: AbortSignal): Promise<number>
  /** The file has all changes of a partition that were committed, and no transaction was open in their topic, so many milliseconds ago. */
  atEnd(partition: number, agoMs: number): void
}

const firstPauseMs = 1_000
/** Maximum milliseconds until a transaction is visible in all its topics, if the brokers are healthy. */
const apartMs = 10_000

/** Pauses between two reads of the changes' end, for a change that a state names. */
const firstReachPauseMs = 20
const maxReachPauseMs = 500

const gap = (offset: number, head: number): VainoError =>
  new VainoError('replica_gap', `a state names change ${offset}, and the changes end at ${head}`)

/** Brings one partition's file up to date with what its owner has published, and keeps it so. */
export class PartitionFollower {
  readonly #partition: number
  readonly #parts: FollowerParts
  readonly #events: FollowerEvents
  readonly #names: ReturnType<typeof topicNames>
  /** The next offset of each topic; null: to be found from the file. */
  #next: { changes: number; state: number } | null = null
  #following: { readonly stop: () => void; readonly done: Promise<void> } | null = null
  #caughtUp = false
  #head = 0
  readonly #foreign = new ForeignMessages()
  readonly #deadly = new PoisonMessages()
  /** Callbacks for the next advance of the file; at most one, of the reader of states. */
  readonly #waiting: (() => void)[] = []

  readonly #record: CrashRecord

  constructor(partition: number, parts: FollowerParts, events: FollowerEvents, record: CrashRecord) {
    this.#partition = partition
    this.#parts = parts
    this.#events = events
    this.#names = topicNames(parts.prefix)
    this.#record = record
    // A single death may have another cause.
    const again = record.followed().slice(1)
    const found = again.map(({ work, from, until }) => this.#deadly.died({ topic: work, from, until })).at(-1)
    if (found !== undefined) events.deadly(partition, found)
  }

  get isFollowing(): boolean {
    return this.#following !== null
  }

  /** The last change in the file. */
  get head(): number {
    return this.#head
  }

  /** The file has what the topics held when it was last compared with their ends. */
  get isCaughtUp(): boolean {
    return this.#caughtUp
  }

  /** Follows until {@link stop}. */
  follow(): void {
    if (this.#following) return
    const stopping = new AbortController()
    this.#following = { stop: () => stopping.abort(), done: this.#followUntil(stopping.signal) }
  }

  async stop(): Promise<void> {
    const following = this.#following
    this.#following = null
    following?.stop()
    await following?.done
  }

  /** The next read finds its position from the file, which may not go on where reading stopped. */
  forgetPosition(): void {
    this.#next = null
  }

  async #followUntil(signal: AbortSignal): Promise<void> {
    let pauseMs = firstPauseMs
    while (!signal.aborted) {
      try {
        await this.catchUp(signal)
        if (signal.aborted || this.#next === null) return
        pauseMs = firstPauseMs
        await this.#readOn(this.#next, signal)
      } catch (error) {
        if (signal.aborted) return
        this.#caughtUp = false
        this.#next = null
        this.#events.failed(this.#partition, error)
        await pause(pauseMs, signal)
        pauseMs = longerPauseMs(pauseMs, !(error instanceof VainoError) || error.canRetry)
      }
    }
  }

  /** Follows both topics until one of them fails. */
  async #readOn({ changes, state }: { changes: number; state: number }, signal: AbortSignal): Promise<void> {
    const ending = new AbortController()
    const either = AbortSignal.any([signal, ending.signal])
    const reading = [this.#read('changes', changes, either), this.#read('state', state, either)]
    try {
      await Promise.all(reading)
    } finally {
      ending.abort()
      await Promise.allSettled(reading)
    }
  }

  /** Brings the file to the end of the topics: from its position, or by a rebuild. */
  async catchUp(signal: AbortSignal): Promise<void> {
    const file = await this.#ask({ kind: 'follow' })
    this.#head = file.head
    try {
      this.#next ??= await this.#whereTheFileIs(file, signal)
      const next = { ...this.#next }
      // A state is published in one transaction with its change, but the two topics may show them at different times.
      const reach = async (offset: number) => {
        const deadline = performance.now() + apartMs
        for (let pauseMs = firstReachPauseMs; this.#head < offset; pauseMs = Math.min(pauseMs * 2, maxReachPauseMs)) {
          await readChanges()
          if (this.#head >= offset) return
          if (performance.now() > deadline) throw gap(offset, this.#head)
          await pause(pauseMs, signal)
        }
      }
      const readChanges = async () => {
        next.changes = await this.#readToEnd('changes', next.changes, signal, reach)
      }
      await readChanges()
      next.state = await this.#readToEnd('state', next.state, signal, reach)
      this.#next = next
    } catch (error) {
      const isGap = isTruncated(error) || (error instanceof VainoError && error.code === 'replica_gap')
      if (!isGap || signal.aborted) throw error
      this.#events.rebuilding(this.#partition, error.message)
      await this.#rebuild(signal)
    }
    this.#caughtUp = true
    this.#events.caughtUp(this.#partition)
  }

  async #rebuild(signal: AbortSignal): Promise<void> {
    this.#caughtUp = false
    this.#next = null
    await this.#ask({ kind: 'begin_rebuild' })
    const state = await this.#readToEnd('state', 'earliest', signal, null)
    const changes = await this.#readToEnd('changes', 'earliest', signal, null)
    const { head } = await this.#ask({ kind: 'end_rebuild' })
    this.#advance(head)
    this.#next = { changes, state }
  }

  /** Finds the file's position by time: the times in a partition never go back, on any owner. */
  async #whereTheFileIs(
    { lastRecordedAtMs, statesFrom }: KafkaAnswers['follow'],
    signal: AbortSignal,
  ): Promise<{ changes: number; state: number }> {
    const at = (topic: string, timeMs: number) => this.#parts.offsetAtTime(topic, this.#partition, timeMs, signal)
    return {
      changes: await at(this.#names.changes, lastRecordedAtMs),
      state: 'offset' in statesFrom ? statesFrom.offset : await at(this.#names.state, statesFrom.timeMs),
    }
  }

  /**
   * @param reach resolves when the changes up to an offset are written; null in a rebuild, where states come first
   * @returns the offset that comes next
   */
  async #readToEnd(
    what: FollowedTopic,
    from: number | 'earliest',
    signal: AbortSignal,
    reach: ((offset: number) => Promise<void>) | null,
  ): Promise<number> {
    let next = typeof from === 'number' ? from : 0
    const request = { topic: this.#names[what], partition: this.#partition, from, toEnd: true, signal }
    for await (const chunk of this.#parts.log.fetch(request)) {
      await this.#take(what, chunk, signal, reach)
      next = chunk.nextOffset
    }
    signal.throwIfAborted()
    return next
  }

  async #read(what: FollowedTopic, from: number, signal: AbortSignal): Promise<void> {
    const atEnd = (agoMs: number) => this.#parts.atEnd(this.#partition, agoMs)
    const request = { topic: this.#names[what], partition: this.#partition, from, signal }
    for await (const chunk of this.#parts.log.fetch(what === 'changes' ? { ...request, atEnd } : request)) {
      await this.#take(what, chunk, signal, (offset) => this.#whenAt(offset, signal))
      if (this.#next) this.#next[what] = chunk.nextOffset
    }
  }

  /** Writes a fetched chunk and counts messages of other programs. @param reach as in {@link #readToEnd} */
  async #take(
    what: FollowedTopic,
    chunk: FetchedChunk,
    signal: AbortSignal,
    reach: ((offset: number) => Promise<void>) | null,
  ): Promise<void> {
    const own = ownChunk(chunk)
    for (let { from } = chunk; from < chunk.nextOffset; ) {
      const piece = { topic: what, chunk: { ...own, from }, isRebuild: reach === null }
      const span = { topic: what, from, until: chunk.nextOffset }
      await this.#deadly.whenDue(span, signal)
      const replicate = () => this.#watched(this.#ask({ kind: 'replicate', ...piece }), span)
      const { head, next, awaits, foreign } = await this.#parts.transactionPermits.during(
        this.#partition,
        signal,
        replicate,
      )
      this.#deadly.passed(what, next)
      this.#record.passed(what, next)
      // During a rebuild readers have the old file.
      if (reach !== null) this.#advance(head)
      for (const one of this.#foreign.add(what, foreign, next)) this.#events.foreign(this.#partition, one)
      if (awaits !== null) {
        if (reach === null) throw gap(awaits, head)
        await reach(awaits)
      }
      from = next
    }
  }

  async #watched<T>(answer: Promise<T>, span: Span): Promise<T> {
    try {
      return await answer
    } catch (error) {
      const death = error instanceof WorkerLost ? error.death : null
      if (death?.partition !== this.#partition || death.offset !== span.from) throw error
      this.#record.workerDied()
      const found = this.#deadly.died(span)
      this.#events.deadly(this.#partition, found)
      throw poisonMessage(this.#names[span.topic], this.#partition, found)
    }
  }

  #advance(head: number): void {
    this.#head = head
    this.#events.followed(this.#partition, head)
    const waiting = this.#waiting.splice(0)
    for (const resume of waiting) resume()
  }

  /** Resolves when the file has a change. @throws VainoError `replica_gap` when that takes too long */
  async #whenAt(offset: number, signal: AbortSignal): Promise<void> {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(apartMs)])
    while (this.#head < offset) {
      if (patience.aborted) throw gap(offset, this.#head)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
        patience.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  #ask<R extends KafkaRequest>(request: R) {
    return this.#parts.workers.ask(this.#partition, request)
  }
}
