// Long because following, rebuilding, taking over and processing are one partition's life, and share where its reading stands.
import {
  type LogBatch,
  type LogReader,
  type LogRecord,
  type OwnedPartition,
  topicNames,
} from '../../connectors/kafka/kafka.ts'
import { pause } from '../../connectors/kafka/pause.ts'
import { VainoError } from '../../model/errors.ts'
import type { WorkerReport } from '../telemetry/worker-counters.ts'
import type { Hold } from '../workers/protocol.ts'
import { type FollowedRecord, packFollowed, unpackOutput } from './frames.ts'
import { inputPiece } from './input-piece.ts'
import { noteOf } from './input-progress.ts'
import type { OpenScan, RebuildStep, Request } from './protocol.ts'
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
/** What is told in one transaction can be seen in all its topics within so long, while their brokers are well. */
const apartMs = 10_000

const gap = (offset: number, head: number): VainoError =>
  new VainoError('replica_gap', `the topics tell of change ${offset}, and the changes end at ${head}`)

const isTruncated = (error: unknown): error is VainoError =>
  error instanceof VainoError && error.code === 'log_truncated'

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
  #isTaking = false
  #isOwner = false
  #head = 0
  /** Who waits for the file to go on; one at most, the reader of states. */
  readonly #waiting: (() => void)[] = []
  #expiredAt = performance.now()

  constructor(partition: number, parts: KeeperParts, events: KeeperEvents) {
    this.#partition = partition
    this.#parts = parts
    this.#events = events
    this.#names = topicNames(parts.prefix)
  }

  /** The file is to reflect what the topics hold, and doesn't yet. */
  get isBehind(): boolean {
    return !this.#caughtUp && (this.#following !== null || this.#isTaking)
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
    this.#isTaking = true
    await this.stopFollowing()
    const { take, workers } = this.#parts
    try {
      await using owned = await take(this.#partition)
      await this.#catchUp(signal)
      const committed = owned.position.nextOffset
      const { head, remember } = await this.#ask({ kind: 'own', committed })
      if (remember !== null) await this.#remember(remember, committed, signal)
      if (signal.aborted) return
      this.#caughtUp = true
      this.#isOwner = true
      this.#events.processed(this.#partition, committed ?? 0, head)
      await this.#process(owned, committed, signal)
    } finally {
      this.#isOwner = false
      this.#isTaking = false
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
      if (!isTruncated(error) || committed === null) throw error
      this.#events.inputLost(this.#partition, committed, Number(error.details.earliest))
      await this.#ask({ kind: 'remembered', committed, lost: 'all' })
      yield* this.#parts.log.read({ ...request, from: 'earliest' })
    }
  }

  /** Learns what the open scans have seen from input that was processed before, and gives up those whose input is gone. */
  async #remember(open: readonly OpenScan[], committed: number | null, signal: AbortSignal): Promise<void> {
    let earliest = 0
    for (let isLearned = false; !isLearned; ) {
      const known = open.flatMap(({ from }) => (from !== null && from >= earliest ? [from] : []))
      try {
        if (known.length > 0) await this.#learn(Math.min(...known), committed ?? 0, signal)
        isLearned = true
      } catch (error) {
        if (!isTruncated(error)) throw error
        earliest = Math.max(Number(error.details.earliest), earliest + 1)
      }
    }
    if (signal.aborted) return
    const lost = open.filter(({ from }) => from === null || from < earliest).map(({ scope }) => scope)
    await this.#ask({ kind: 'remembered', committed, lost })
  }

  async #learn(from: number, until: number, signal: AbortSignal): Promise<void> {
    const request = { topic: this.#names.resources, partition: this.#partition, from, toEnd: true, signal }
    if (from >= until) return
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
        await this.#readOn(this.#next, signal)
      } catch (error) {
        if (signal.aborted) return
        this.#caughtUp = false
        this.#next = null
        this.#events.failed(this.#partition, error)
        await pause(retryMs, signal)
      }
    }
  }

  /** Follows both topics, until one of them can't be followed. */
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

  /** Brings the file to the end of the topics, by going on where it is, or by building it anew. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    const { head, lastRecordedAtMs } = await this.#ask({ kind: 'follow' })
    this.#head = head
    try {
      this.#next ??= head === 0 ? await this.#begin() : await this.#whereTheFileIs(lastRecordedAtMs)
      const next = { ...this.#next }
      const readChanges = async () => {
        next.changes = await this.#readToEnd('changes', next.changes, null, signal)
      }
      await readChanges()
      // A state is told together with its change, but the two topics may show it a moment apart.
      const reach = async (offset: number) => {
        const deadline = performance.now() + apartMs
        while (this.#head < offset) {
          await readChanges()
          if (this.#head < offset && performance.now() > deadline) throw gap(offset, this.#head)
        }
      }
      next.state = await this.#readToEnd('state', next.state, null, signal, reach)
      this.#next = next
    } catch (error) {
      const isGap = isTruncated(error) || (error instanceof VainoError && error.code === 'replica_gap')
      if (!isGap || signal.aborted) throw error
      this.#events.rebuilding(this.#partition, error.message)
      await this.#rebuild(signal)
    }
  }

  async #rebuild(signal: AbortSignal): Promise<void> {
    this.#caughtUp = false
    this.#next = null
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

  /**
   * @param reach resolves when the changes before an offset, and the one at it, are written
   * @returns the offset that comes next
   */
  async #readToEnd(
    what: 'changes' | 'state',
    from: number | 'earliest',
    step: RebuildStep | null,
    signal: AbortSignal,
    reach: (offset: number) => Promise<void> = (offset) => Promise.reject(gap(offset, this.#head)),
  ): Promise<number> {
    let next = typeof from === 'number' ? from : 0
    const request = { topic: this.#names[what], partition: this.#partition, from, toEnd: true, signal }
    for await (const batch of this.#parts.log.read(request)) {
      await this.#replicate(followed(what, batch.records), step, reach)
      next = batch.nextOffset
    }
    signal.throwIfAborted()
    return next
  }

  async #read(what: 'changes' | 'state', from: number, signal: AbortSignal): Promise<void> {
    const request = { topic: this.#names[what], partition: this.#partition, from, signal }
    for await (const batch of this.#parts.log.read(request)) {
      await this.#replicate(followed(what, batch.records), null, (offset) => this.#whenAt(offset, signal))
      if (this.#next) this.#next[what] = batch.nextOffset
      if (what === 'changes') await this.#expire(signal)
    }
  }

  /** @param reach as in {@link #readToEnd}: a state waits for its change */
  async #replicate(
    records: FollowedRecord[],
    step: RebuildStep | null,
    reach?: (offset: number) => Promise<void>,
  ): Promise<void> {
    for (let rest = records; rest.length > 0 || step === 'begin' || step === 'end'; ) {
      const { head, taken, awaits } = await this.#ask({ kind: 'replicate', frame: packFollowed(rest), step })
      // While it is built anew, readers have the file as it was.
      if (step === null || step === 'end') this.#advance(head)
      if (awaits === null || reach === undefined) return
      rest = rest.slice(taken)
      await reach(awaits)
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

  #ask<R extends Request>(request: R) {
    return this.#parts.workers.ask(this.#partition, request)
  }
}

const decoder = new TextDecoder()

/** Records of ours; another program's, without a key, are passed over. */
const followed = (from: 'changes' | 'state', records: readonly LogRecord[]): FollowedRecord[] =>
  records.flatMap(({ key, value }) => (key === null ? [] : [{ from, key: decoder.decode(key), value, headers: {} }]))
