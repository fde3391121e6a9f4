// Long because it is one partition's life in its order: following, taking, learning, processing, letting go.
import {
  type FetchedChunk,
  type InputPosition,
  isTruncated,
  type LogChunk,
  type OwnedPartition,
  topicNames,
} from '../../../connectors/kafka/kafka.ts'
import { VainoError } from '../../../model/errors.ts'
import { type IsolationPlan, PoisonTracker } from '../../threads/poison-tracker.ts'
import { WorkerLost } from '../../threads/worker-lost.ts'
import {
  CrashRecord,
  crashJournalPath,
  type InputWork,
  type ProcessDeath,
  renameOldJournal,
} from '../input/crash-journal.ts'
import { headIn, noteOf } from '../input/input-progress.ts'
import type { Committed, KafkaRequest, OpenScan } from '../node/requests.ts'
import { ownChunk } from '../replica/own-chunk.ts'
import { type FollowerEvents, type FollowerParts, PartitionFollower } from '../replica/partition-follower.ts'

export interface ControllerEvents extends FollowerEvents {
  /** All input before an offset was processed and committed; the partition's last change was `head` then. */
  processed(partition: number, nextOffset: number, head: number): void
  /** The brokers have lost the group's offset; the states in the topics say that it was `next`. */
  positionForgotten(partition: number, next: number): void
  /** The partition's input is read. */
  reading(partition: number): void
  /** A Kafka transaction was committed. */
  transacted(partition: number, ms: number): void
  /** The process before this one died while it processed this input; `deaths` counts those of all processes. */
  died(partition: number, at: ProcessDeath, deaths: number): void
  /** Input was deleted before it was processed: retention was shorter than the outage, or the topic was created anew. */
  inputLost(partition: number, from: number, kept: { readonly earliest: number; readonly latest: number }): void
}

export interface ControllerParts extends FollowerParts {
  readonly dataDir: string
  /** Fences the former owner of a partition and says where it stopped. */
  take(partition: number): Promise<OwnedPartition>
}

/** Maximum milliseconds by which the time in a new record may be older than this node's clock. */
const clocksDifferMs = 3_600_000

/**
 * One partition on this node. Its file is a replica of what the partition's owner publishes, or the owner's own, while the group
 * assigns the partition to this node.
 */
export class PartitionController {
  readonly #partition: number
  readonly #parts: ControllerParts
  readonly #events: ControllerEvents
  readonly #names: ReturnType<typeof topicNames>
  readonly #follower: PartitionFollower
  readonly #record: CrashRecord
  /** Deaths of workers and processes at input that is processed (`prepare`) or read again for open scans (`remember`). */
  readonly #poisonTrackers = {
    prepare: new PoisonTracker(() => this.#record.forget('prepare')),
    remember: new PoisonTracker(() => this.#record.forget('remember')),
  }
  #isTaking = false
  #isOwner = false
  /** Unix milliseconds when the last input was processed; after a start, of the last change. */
  #lastProcessedMs = 0

  constructor(partition: number, parts: ControllerParts, events: ControllerEvents) {
    this.#partition = partition
    this.#parts = parts
    this.#events = events
    this.#names = topicNames(parts.prefix)
    renameOldJournal(parts.dataDir, partition)
    this.#record = new CrashRecord(crashJournalPath(parts.dataDir, partition))
    this.#follower = new PartitionFollower(partition, parts, events, this.#record)
    const deaths = this.#record.ofInput()
    for (const death of deaths) this.#poisonTrackers[death.work].blame({ of: 'process', ...death })
    const last = deaths.at(-1)
    if (last !== undefined && last === this.#record.last) events.died(partition, last, deaths.length)
  }

  /** The file follows the topics, or is about to be owned, and is not caught up yet. */
  get isBehind(): boolean {
    return !this.#follower.isCaughtUp && (this.#follower.isFollowing || this.#isTaking)
  }

  /** The group has given the partition to this node, and its former owner is fenced. */
  get isOwner(): boolean {
    return this.#isOwner
  }

  /** Follows the owner until {@link stopFollowing}. */
  follow(): void {
    this.#follower.follow()
  }

  stopFollowing(): Promise<void> {
    return this.#follower.stop()
  }

  /** Owns the partition until the signal is aborted: fences the former owner, catches up, processes. */
  async own(signal: AbortSignal): Promise<void> {
    this.#isTaking = true
    await this.stopFollowing()
    const { take, workers } = this.#parts
    try {
      await using owned = await take(this.#partition)
      await this.#follower.catchUp(signal)
      const committed = this.#compared(owned.position)
      const { head, next, remember, lastRecordedAtMs } = await this.#ask({ kind: 'own', committed })
      this.#lastProcessedMs = lastRecordedAtMs
      this.#poisonTrackers.prepare.begin(next)
      if (remember === null) this.#poisonTrackers.remember.forget()
      else await this.#remember(remember, next, signal)
      if (signal.aborted) return
      const begun = async () => {
        if (committed === null && next > 0) {
          this.#events.positionForgotten(this.#partition, next)
          await owned.commit({ batches: [], nextOffset: next, note: noteOf(head) })
        }
        this.#events.processed(this.#partition, next, head)
      }
      this.#isOwner = true
      await this.#process(owned, next, begun, signal)
    } finally {
      this.#isOwner = false
      this.#isTaking = false
      // An open transaction of the file may have been published or not. It is undone, and read from the topics if it was.
      await workers
        .ask(this.#partition, { kind: 'close' })
        .catch((error: unknown) => this.#events.failed(this.#partition, error))
      this.#follower.forgetPosition()
    }
  }

  /**
   * Compares the group's committed offset with the copy of the topics: both were written in the same transactions.
   * @throws VainoError `replica_gap` when the topics show fewer changes, as a new leader does for a moment
   */
  #compared({ nextOffset, note }: InputPosition): Committed | null {
    if (nextOffset === null) return null
    const { head } = this.#follower
    const noted = headIn(note) ?? head
    if (noted <= head) return { next: nextOffset, isOld: noted < head }
    const { changes, state } = this.#names
    throw new VainoError(
      'replica_gap',
      `${noted} changes were published, and ${changes} and ${state} show ${head}: this node waits for the others, because their numbers must not be given twice`,
      {
        hint: `Where they are lost for good, delete the offsets that the group has committed for partition ${this.#partition}: it goes on with the input that is kept.`,
      },
    )
  }

  async #process(owned: OwnedPartition, next: number, begun: () => Promise<void>, signal: AbortSignal): Promise<void> {
    let begin: typeof begun | null = begun
    for await (const chunk of this.#input(next, signal)) {
      this.#events.reading(this.#partition)
      // If the chunk doesn't begin there, the topic was created anew, and nothing of it was processed.
      if (chunk.from === next) await begin?.()
      begin = null
      const own = ownChunk(chunk)
      // A chunk of transaction markers alone is committed too, or the group would seem to be behind.
      for (let { from } = chunk; from < chunk.nextOffset && !signal.aborted; ) {
        const piece = { ...own, from }
        const isolation = this.#poisonTrackers.prepare.isolationAt(from)
        const process = () => this.#processPiece(owned, piece, chunk.nextOffset, isolation)
        from = await this.#parts.transactionPermits.during(this.#partition, signal, process, isolation?.isAlone)
      }
    }
  }

  /** @returns where the next piece begins */
  async #processPiece(
    owned: OwnedPartition,
    chunk: LogChunk,
    until: number,
    isolation: IsolationPlan | null,
  ): Promise<number> {
    const { from } = chunk
    const prepared = this.#watched(this.#ask({ kind: 'prepare', chunk, isolation }), 'prepare', { from, until })
    const { batches, head: preparedHead, next: nextOffset } = await prepared
    const startedAt = performance.now()
    await owned.commit({
      batches: batches.map(({ to, batch }) => ({ topic: this.#names[to], batch })),
      nextOffset,
      note: noteOf(preparedHead),
    })
    this.#events.transacted(this.#partition, performance.now() - startedAt)
    const { head } = await this.#ask({ kind: 'commit' })
    this.#events.processed(this.#partition, nextOffset, head)
    this.#poisonTrackers.prepare.passed(nextOffset)
    this.#lastProcessedMs = Date.now()
    return nextOffset
  }

  async *#input(next: number, signal: AbortSignal): AsyncGenerator<FetchedChunk> {
    const request = { topic: this.#names.resources, partition: this.#partition, signal }
    try {
      // Before anything was processed, retention may have deleted the first offsets.
      yield* this.#parts.log.fetch({ ...request, from: next === 0 ? 'earliest' : next })
    } catch (error) {
      if (!isTruncated(error)) throw error
      const { offset, earliest, latest } = error.details
      const kept = { earliest: Number(earliest), latest: Number(latest) }
      const at = Number(offset)
      this.#events.inputLost(this.#partition, at, kept)
      // Reading was at this offset, which is after the one that the partition was taken over with.
      await this.#ask({ kind: 'remembered', next: at, lost: 'all' })
      yield* this.#parts.log.fetch({ ...request, from: kept.latest < at ? await this.#whatIsNew(signal) : 'earliest' })
    }
  }

  /**
   * Where to begin in an input that ends before the processed offset. All input of a topic that was created anew is younger than
   * the last processed input. In a topic that lost its end, older input was processed, and would bring old values back.
   */
  #whatIsNew(signal: AbortSignal): Promise<number> {
    const sinceMs = Math.max(0, this.#lastProcessedMs - clocksDifferMs)
    return this.#parts.offsetAtTime(this.#names.resources, this.#partition, sinceMs, signal)
  }

  /** Reads processed input again for the marks of open scans, and abandons the scans whose input is deleted. */
  async #remember(open: readonly OpenScan[], next: number, signal: AbortSignal): Promise<void> {
    let earliest = 0
    for (let isLearned = false; !isLearned; ) {
      const known = open.flatMap(({ from }) => (from !== null && from >= earliest ? [from] : []))
      try {
        const isWhole = known.length === 0 || (await this.#learn(Math.min(...known), next, signal))
        // The scans may have seen resources in the processed input that the log lacks.
        if (!isWhole) earliest = Number.POSITIVE_INFINITY
        isLearned = true
      } catch (error) {
        if (!isTruncated(error)) throw error
        const isBehind = Number(error.details.latest) < Math.min(...known)
        earliest = isBehind ? Number.POSITIVE_INFINITY : Math.max(Number(error.details.earliest), earliest + 1)
      }
    }
    if (signal.aborted) return
    const lost = open.filter(({ from }) => from === null || from < earliest).map(({ scope }) => scope)
    await this.#ask({ kind: 'remembered', next, lost })
  }

  /** @returns false if the log ended before `until` */
  async #learn(from: number, until: number, signal: AbortSignal): Promise<boolean> {
    const request = { topic: this.#names.resources, partition: this.#partition, from, toEnd: true, signal }
    if (from >= until) return true
    for await (const chunk of this.#parts.log.fetch(request)) {
      const own = ownChunk(chunk)
      for (let { from } = chunk; from < Math.min(until, chunk.nextOffset); ) {
        const span = { from, until: chunk.nextOffset }
        const isolation = this.#poisonTrackers.remember.isolationAt(from)
        const request = { kind: 'remember', chunk: { ...own, from }, until, isolation } as const
        const learn = () => this.#watched(this.#ask(request), 'remember', span)
        from = (await this.#parts.transactionPermits.during(this.#partition, signal, learn, isolation?.isAlone)).next
        this.#poisonTrackers.remember.passed(from)
      }
      if (chunk.nextOffset >= until) return true
    }
    return false
  }

  /** Notes a death of the worker at this input, so that the input is isolated if it happens again. */
  async #watched<T>(answer: Promise<T>, work: InputWork, input: { from: number; until: number }): Promise<T> {
    try {
      return await answer
    } catch (error) {
      const death = error instanceof WorkerLost ? error.death : null
      if (death?.partition === this.#partition) {
        this.#record.workerDied()
        this.#poisonTrackers[work].blame({ of: 'worker', record: death.record, ...input })
      }
      throw error
    }
  }

  #ask<R extends KafkaRequest>(request: R) {
    return this.#parts.workers.ask(this.#partition, request)
  }
}
