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
import { CrashRecord, crashJournalPath, type InputWork, type ProcessDeath } from '../input/crash-journal.ts'
import { headIn, noteOf } from '../input/input-progress.ts'
import type { Committed, KafkaRequest, OpenScan } from '../node/requests.ts'
import { ownChunk } from '../replica/own-chunk.ts'
import { type FollowerEvents, type FollowerParts, PartitionFollower } from '../replica/partition-follower.ts'

export interface ControllerEvents extends FollowerEvents {
  /** All input before an offset was processed and committed; the partition's last change was `head` then. */
  processed(partition: number, nextOffset: number, head: number): void
  /** The brokers have forgotten how far the group was; the topics' states say that it was here. */
  positionForgotten(partition: number, next: number): void
  /** The partition's input is read. */
  reading(partition: number): void
  /** A Kafka transaction was committed. */
  transacted(partition: number, ms: number): void
  /** The process before this one died in the midst of this input, which processes have done so many times. */
  died(partition: number, at: ProcessDeath, deaths: number): void
  /** Input that was never processed is kept no more: retention was shorter than the outage, or the topic was made anew. */
  inputLost(partition: number, from: number, kept: { readonly earliest: number; readonly latest: number }): void
}

export interface ControllerParts extends FollowerParts {
  readonly dataDir: string
  /** Fences the former owner of a partition and says where it stopped. */
  take(partition: number): Promise<OwnedPartition>
}

/** How much older than this node's clock says the time may be that stands in a record that came just now. */
const clocksDifferMs = 3_600_000

/**
 * Keeps one partition's file on this node: as a replica of what its owner tells the topics, and for as long as the group says
 * so as the owner itself.
 */
export class PartitionController {
  readonly #partition: number
  readonly #parts: ControllerParts
  readonly #events: ControllerEvents
  readonly #names: ReturnType<typeof topicNames>
  readonly #follower: PartitionFollower
  readonly #record: CrashRecord
  /** What workers, and processes, have died of as they processed it, or learned from it once more. */
  readonly #poisonTrackers = {
    prepare: new PoisonTracker(() => this.#record.forget('prepare')),
    remember: new PoisonTracker(() => this.#record.forget('remember')),
  }
  #isTaking = false
  #isOwner = false
  /** When the last input was processed, as far as it has left a trace. */
  #lastProcessedMs = 0

  constructor(partition: number, parts: ControllerParts, events: ControllerEvents) {
    this.#partition = partition
    this.#parts = parts
    this.#events = events
    this.#names = topicNames(parts.prefix)
    this.#record = new CrashRecord(crashJournalPath(parts.dataDir, partition))
    this.#follower = new PartitionFollower(partition, parts, events, this.#record)
    const deaths = this.#record.ofInput()
    for (const death of deaths) this.#poisonTrackers[death.work].blame({ of: 'process', ...death })
    const last = deaths.at(-1)
    if (last !== undefined && last === this.#record.last) events.died(partition, last, deaths.length)
  }

  /** The file is to reflect what the topics hold, and doesn't yet. */
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
      // The file's open transaction, if there is one, may or may not be what the topics have: they tell.
      await workers
        .ask(this.#partition, { kind: 'close' })
        .catch((error: unknown) => this.#events.failed(this.#partition, error))
      this.#follower.forgetPosition()
    }
  }

  /**
   * What the group has committed, against what the topics were seen to hold: both were told in the same transactions.
   * @throws VainoError `replica_gap` when the topics show less, as those of a leader that doesn't know yet what it leads
   */
  #compared({ nextOffset, note }: InputPosition): Committed | null {
    if (nextOffset === null) return null
    const { head } = this.#follower
    const noted = headIn(note) ?? head
    if (noted <= head) return { next: nextOffset, isOld: noted < head }
    const { changes, state } = this.#names
    throw new VainoError(
      'replica_gap',
      `${noted} changes were told, and ${changes} and ${state} show ${head}: it is waited for the others, whose numbers must not be given again`,
      {
        hint: `Where they are lost for good, delete the offsets that the group has committed for partition ${this.#partition}: it goes on with the input that is kept.`,
      },
    )
  }

  async #process(owned: OwnedPartition, next: number, begun: () => Promise<void>, signal: AbortSignal): Promise<void> {
    let begin: typeof begun | null = begun
    for await (const chunk of this.#input(next, signal)) {
      this.#events.reading(this.#partition)
      // If it doesn't begin there, the log is another one, and nothing of it was processed.
      if (chunk.from === next) await begin?.()
      begin = null
      const own = ownChunk(chunk)
      // Also where it holds markers alone: else the group would look as if it were behind.
      for (let { from } = chunk; from < chunk.nextOffset && !signal.aborted; ) {
        const piece = { ...own, from }
        const isolation = this.#poisonTrackers.prepare.isolationAt(from)
        const process = () => this.#processPiece(owned, piece, chunk.nextOffset, isolation)
        from = await this.#parts.room.during(this.#partition, signal, process, isolation?.isAlone)
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
      // Before anything was processed, retention may have taken the first offsets.
      yield* this.#parts.log.fetch({ ...request, from: next === 0 ? 'earliest' : next })
    } catch (error) {
      if (!isTruncated(error)) throw error
      const { offset, earliest, latest } = error.details
      const kept = { earliest: Number(earliest), latest: Number(latest) }
      const at = Number(offset)
      this.#events.inputLost(this.#partition, at, kept)
      // Where reading was, which is behind the position that the partition was taken with.
      await this.#ask({ kind: 'remembered', next: at, lost: 'all' })
      yield* this.#parts.log.fetch({ ...request, from: kept.latest < at ? await this.#whatIsNew(signal) : 'earliest' })
    }
  }

  /**
   * Where to begin in an input that ends before what was processed of it: that of a topic made anew is all younger, and of one
   * that has lost its end, what is much older was processed, and would bring old values back.
   */
  #whatIsNew(signal: AbortSignal): Promise<number> {
    const sinceMs = Math.max(0, this.#lastProcessedMs - clocksDifferMs)
    return this.#parts.offsetAtTime(this.#names.resources, this.#partition, sinceMs, signal)
  }

  /** Learns what the open scans have seen from input that was processed before, and gives up those whose input is gone. */
  async #remember(open: readonly OpenScan[], next: number, signal: AbortSignal): Promise<void> {
    let earliest = 0
    for (let isLearned = false; !isLearned; ) {
      const known = open.flatMap(({ from }) => (from !== null && from >= earliest ? [from] : []))
      try {
        const isWhole = known.length === 0 || (await this.#learn(Math.min(...known), next, signal))
        // What the log doesn't show of what was processed, it may have seen.
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

  /** @returns false where the log ended before that */
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
        from = (await this.#parts.room.during(this.#partition, signal, learn, isolation?.isAlone)).next
        this.#poisonTrackers.remember.passed(from)
      }
      if (chunk.nextOffset >= until) return true
    }
    return false
  }

  /** Notes it when the worker died of what it was asked: it will be asked with more isolation. */
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
