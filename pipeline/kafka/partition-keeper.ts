import {
  type LogBatch,
  type LogReader,
  type LogRecord,
  type OwnedPartition,
  topicNames,
} from '../../connectors/kafka/kafka.ts'
import { VainoError } from '../../model/errors.ts'
import type { WorkerReport } from '../telemetry/worker-counters.ts'
import type { Hold } from '../workers/protocol.ts'
import { type FollowedRecord, packFollowed, unpackOutput } from './frames.ts'
import { inputPiece } from './input-piece.ts'
import { noteOf } from './input-progress.ts'
import type { Request } from './protocol.ts'
import type { WorkerPool } from './worker-pool.ts'

export interface KeeperEvents {
  committed(partition: number, head: number, holds: readonly Hold[], report: WorkerReport): void
  /** All input before an offset was processed and committed; the partition's last change was `head` then. */
  processed(partition: number, nextOffset: number, head: number): void
  /** A Kafka transaction was committed. */
  transacted(partition: number, ms: number): void
  followed(partition: number, head: number): void
  rebuilding(partition: number, why: string): void
  /** Following broke; it is tried again. */
  failed(partition: number, error: unknown): void
  /** Input that was never processed is kept no more: retention was shorter than the outage. */
  inputLost(partition: number, from: number, earliest: number): void
}

export interface KeeperParts {
  readonly prefix: string
  readonly log: LogReader
  /** Fences the former owner of a partition and says where it stopped. */
  take(partition: number): Promise<OwnedPartition>
  readonly workers: WorkerPool
  /** The first offset of a topic's partition that is as young as a time. */
  offsetAtTime(topic: string, partition: number, timeMs: number): Promise<number>
}

/** What was written this long before the newest change of the file is read again: the clocks of owners differ. */
const overlapMs = 60_000
const retryMs = 1_000
const expireEveryMs = 5_000

/**
 * Keeps one partition's file on this node: as a replica of what its owner tells the topics, and for as long as the group says
 * so as the owner itself.
 */
export class PartitionKeeper {
  readonly #partition: number
  readonly #parts: KeeperParts
  readonly #events: KeeperEvents
  readonly #names: ReturnType<typeof topicNames>
  /** Where the reading of each topic goes on; null: by the time of the file's newest change. */
  #next: { changes: number; state: number } | null = null
  #following: { readonly stop: () => void; readonly done: Promise<void> } | null = null
  #caughtUp = false
  #isOwner = false
  #expiredAt = performance.now()

  constructor(partition: number, parts: KeeperParts, events: KeeperEvents) {
    this.#partition = partition
    this.#parts = parts
    this.#events = events
    this.#names = topicNames(parts.prefix)
  }

  /** The file reflects what the topics held when it was last looked, or more. */
  get isCaughtUp(): boolean {
    return this.#caughtUp
  }

  /** The group has given the partition to this node, and its former owner is fenced. */
  get isOwner(): boolean {
    return this.#isOwner
  }

  /** Follows the owner until {@link stopFollowing}. */
  follow(): void {
    if (this.#following) return
    const stopping = new AbortController()
    this.#following = { stop: () => stopping.abort(), done: this.#followUntil(stopping.signal) }
  }

  async stopFollowing(): Promise<void> {
    const following = this.#following
    this.#following = null
    following?.stop()
    await following?.done
  }

  /** Owns the partition until the signal is aborted: fences the former owner, catches up, processes. */
  async own(signal: AbortSignal): Promise<void> {
    await this.stopFollowing()
    const { take, workers } = this.#parts
    try {
      await using owned = await take(this.#partition)
      await this.#catchUp(signal)
      const committed = owned.position.nextOffset
      const { head, remember } = await this.#ask({ kind: 'own', committed })
      const from = Math.min(...remember.map((scan) => scan.from ?? Number.POSITIVE_INFINITY))
      if (committed !== null && from < committed) await this.#remember(from, committed, signal)
      this.#caughtUp = true
      this.#isOwner = true
      this.#events.processed(this.#partition, committed ?? 0, head)
      await this.#process(owned, committed, signal)
    } finally {
      this.#isOwner = false
      // The file's open transaction, if there is one, may or may not be what the topics have: they tell.
      await workers
        .ask(this.#partition, { kind: 'close' })
        .catch((error: unknown) => this.#events.failed(this.#partition, error))
      this.#next = null
    }
  }

  async #process(owned: OwnedPartition, committed: number | null, signal: AbortSignal): Promise<void> {
    let next = committed ?? 0
    for await (const batch of this.#input(committed, signal)) {
      // Also where it holds markers alone: else the group would look as if it were behind.
      if (batch.nextOffset > next) {
        next = batch.nextOffset
        const first = batch.records[0]?.offset ?? batch.unreadable[0]?.firstOffset ?? batch.nextOffset
        const piece = inputPiece(batch)
        const { frame, head: preparedHead } = await this.#ask({
          kind: 'prepare',
          piece,
          from: first,
          next,
        })
        const records = unpackOutput(frame).map(({ to, ...record }) => ({ ...record, topic: this.#names[to] }))
        const startedAt = performance.now()
        await owned.commit({ records, nextOffset: next, note: noteOf(preparedHead) })
        this.#events.transacted(this.#partition, performance.now() - startedAt)
        const { head, holds, report } = await this.#ask({ kind: 'commit' })
        this.#events.committed(this.#partition, head, holds, report)
        this.#events.processed(this.#partition, next, head)
      }
      await this.#expire(signal)
    }
  }

  /** Moves the retention floor, now and then. */
  async #expire(signal: AbortSignal): Promise<void> {
    if (performance.now() - this.#expiredAt < expireEveryMs) return
    this.#expiredAt = performance.now()
    while ((await this.#ask({ kind: 'expire' })).more) if (signal.aborted) return
  }

  async *#input(committed: number | null, signal: AbortSignal): AsyncGenerator<LogBatch> {
    const request = { topic: this.#names.resources, partition: this.#partition, signal }
    try {
      yield* this.#parts.log.read({ ...request, from: committed ?? 'earliest' })
    } catch (error) {
      if (!(error instanceof VainoError) || error.code !== 'log_truncated' || committed === null) throw error
      this.#events.inputLost(this.#partition, committed, Number(error.details.earliest))
      yield* this.#parts.log.read({ ...request, from: 'earliest' })
    }
  }

  /** Learns what the open scans have seen from input that was processed by another node. */
  async #remember(from: number, until: number, signal: AbortSignal): Promise<void> {
    const topic = this.#names.resources
    const request = { topic, partition: this.#partition, from, toEnd: true, signal }
    for await (const batch of this.#parts.log.read(request)) {
      const records = batch.records.filter(({ offset }) => offset < until)
      if (records.length > 0) await this.#ask({ kind: 'remember', piece: inputPiece({ records, unreadable: [] }) })
      if (batch.nextOffset >= until) return
    }
  }

  async #followUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#catchUp(signal)
        if (signal.aborted || this.#next === null) return
        this.#caughtUp = true
        const { changes, state } = this.#next
        await Promise.all([this.#read('changes', changes, signal), this.#read('state', state, signal)])
      } catch (error) {
        if (signal.aborted) return
        this.#caughtUp = false
        this.#next = null
        this.#events.failed(this.#partition, error)
        await pause(retryMs, signal)
      }
    }
  }

  /** Brings the file to the end of the topics, by going on where it is, or by building it anew. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    const { head, lastRecordedAtMs } = await this.#ask({ kind: 'follow' })
    try {
      this.#next ??= head === 0 ? await this.#begin() : await this.#whereTheFileIs(lastRecordedAtMs)
      const changes = await this.#readToEnd('changes', this.#next.changes, 'no', signal)
      const state = await this.#readToEnd('state', this.#next.state, 'no', signal)
      this.#next = { changes, state }
    } catch (error) {
      const isGap = error instanceof VainoError && (error.code === 'replica_gap' || error.code === 'log_truncated')
      if (!isGap || signal.aborted) throw error
      this.#events.rebuilding(this.#partition, error.message)
      await this.#rebuild(signal)
    }
  }

  async #rebuild(signal: AbortSignal): Promise<void> {
    this.#caughtUp = false
    await this.#replicate([], 'begin')
    const state = await this.#readToEnd('state', 'earliest', 'states', signal)
    const changes = await this.#readToEnd('changes', 'earliest', 'history', signal)
    await this.#replicate([], 'end')
    this.#next = { changes, state }
  }

  async #begin(): Promise<{ changes: number; state: number }> {
    const at = (topic: string) => this.#parts.offsetAtTime(topic, this.#partition, 0)
    return { changes: await at(this.#names.changes), state: await at(this.#names.state) }
  }

  async #whereTheFileIs(lastRecordedAtMs: number): Promise<{ changes: number; state: number }> {
    const at = (topic: string) =>
      this.#parts.offsetAtTime(topic, this.#partition, Math.max(0, lastRecordedAtMs - overlapMs))
    return { changes: await at(this.#names.changes), state: await at(this.#names.state) }
  }

  /** @returns the offset that comes next */
  async #readToEnd(
    what: 'changes' | 'state',
    from: number | 'earliest',
    rebuild: (Request & { kind: 'replicate' })['rebuild'],
    signal: AbortSignal,
  ): Promise<number> {
    let next = typeof from === 'number' ? from : 0
    const request = { topic: this.#names[what], partition: this.#partition, from, toEnd: true, signal }
    for await (const batch of this.#parts.log.read(request)) {
      await this.#replicate(followed(what, batch.records), rebuild)
      next = batch.nextOffset
    }
    signal.throwIfAborted()
    return next
  }

  async #read(what: 'changes' | 'state', from: number, signal: AbortSignal): Promise<void> {
    for await (const batch of this.#parts.log.read({
      topic: this.#names[what],
      partition: this.#partition,
      from,
      signal,
    })) {
      await this.#replicate(followed(what, batch.records), 'no')
      if (this.#next) this.#next[what] = batch.nextOffset
      if (what === 'changes') await this.#expire(signal)
    }
  }

  async #replicate(records: FollowedRecord[], rebuild: (Request & { kind: 'replicate' })['rebuild']): Promise<void> {
    if (records.length === 0 && (rebuild === 'no' || rebuild === 'states' || rebuild === 'history')) return
    const { head } = await this.#ask({ kind: 'replicate', frame: packFollowed(records), rebuild })
    this.#events.followed(this.#partition, head)
  }

  #ask<R extends Request>(request: R) {
    return this.#parts.workers.ask(this.#partition, request)
  }
}

const decoder = new TextDecoder()

/** Records of ours; another program's, without a key, are passed over. */
const followed = (from: 'changes' | 'state', records: readonly LogRecord[]): FollowedRecord[] =>
  records.flatMap(({ key, value }) => (key === null ? [] : [{ from, key: decoder.decode(key), value, headers: {} }]))

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
