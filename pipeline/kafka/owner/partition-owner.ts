// Long because preparing, committing and remembering share one open transaction and one outbox.
import { Subject } from 'rxjs'
import {
  type DecodedRecords,
  decodePiece,
  type LogChunk,
  offsetBehind,
} from '../../../connectors/kafka/wire/record-batch.ts'
import type { ScopeState } from '../../../model/partition-state.ts'
import type { Scope } from '../../../model/scope.ts'
import type { LineNumbers } from '../../../operators/batch.ts'
import { decode } from '../../../operators/decode.ts'
import { remember } from '../../../operators/remember.ts'
import { HistoryPins } from '../../../storage/history-pins.ts'
import { SettledTimes } from '../../../storage/settled-times.ts'
import { openPartitionEngine, type PartitionEngine } from '../../partition/partition-engine.ts'
import { setAside } from '../../partition/poisoned-record.ts'
import { SteadyClock } from '../../partition/steady-clock.ts'
import { createCounters, resetCounters } from '../../telemetry/worker-counters.ts'
import type { IsolationPlan } from '../../threads/poison-tracker.ts'
import type { Progress } from '../../threads/progress.ts'
import type { CommitHere } from '../../threads/run-worker.ts'
import type { WorkerSettings } from '../../threads/worker-settings.ts'
import { CrashJournal, crashJournalPath, type InputWork } from '../input/crash-journal.ts'
import { type InputPiece, inputPiece } from '../input/input-piece.ts'
import { applyIsolated, type IsolatedInput } from '../input/isolated-input.ts'
import type { Committed, KafkaAnswers, KafkaWorkerSettings } from '../node/requests.ts'
import type { Outbox } from './outbox.ts'
import { topicsListener } from './topics-listener.ts'

/** Name in the file's table `meta`: the input offset up to which the file, marks of open scans included, reflects the input. */
const inputName = 'kafka_input'
/** Names in `meta`: the processed input offset that the topics publish; older files have the second name. */
const publishedNames = ['published_input', 'told_input']
/** Bytes of a transaction in isolation; small, so that after the next death little is processed again. */
const isolatedBytes = 64 * 1024

/** The owner of a partition: a transaction is prepared here, published to Kafka, and only then committed here. */
export class PartitionOwner implements Disposable {
  readonly #settings: KafkaWorkerSettings
  readonly #partition: number
  readonly #engine: PartitionEngine
  readonly #source: string
  readonly #remember: (bytes: Uint8Array) => void
  readonly #outbox: Outbox
  /** Abandoned scans that are not published yet. */
  #unpublished: readonly ScopeState[] = []
  #isPrepared = false
  readonly #clock = new SteadyClock()
  readonly #progress: Progress
  readonly #journal: CrashJournal
  /** Called with records before they are processed; for tests of recovery. */
  onRecords: (bytes: Uint8Array) => void = () => {}

  constructor(
    settings: KafkaWorkerSettings,
    partition: number,
    owner: string,
    { progress, outbox }: { readonly progress: Progress; readonly outbox: Outbox },
  ) {
    this.#settings = settings
    this.#partition = partition
    this.#progress = progress
    this.#journal = new CrashJournal(crashJournalPath(settings.dataDir, partition))
    const working = () => progress.beat()
    const listener = topicsListener({
      ...{ partition, outbox, working, messages: settings.messages },
      nowMs: () => this.#engine.context.nowMs(),
      reduced: () => void this.#engine.counters.changesReduced++,
    })
    this.#engine = openPartitionEngine(settings, partition, owner, listener, working)
    this.#source = `${settings.messages.prefix}.resources partition ${partition}`
    this.#remember = this.#rememberer()
    this.#outbox = outbox
  }

  /** @param committed null: the group has none, or has lost it */
  begin(committed: Committed | null): KafkaAnswers['own'] {
    const { partition } = this.#engine
    const { head, meta, lastRecordedAtMs } = partition
    const published = Math.max(...[inputName, ...publishedNames].map((name) => meta.number(name, 0)))
    const next = committed === null || committed.isOld ? Math.max(published, committed?.next ?? 0) : committed.next
    for (const name of ['states_next', 'states_since']) meta.delete(name)
    const reflected = meta.get(inputName)
    if (reflected !== null && Number(reflected) === next) return { head, next, remember: null, lastRecordedAtMs }
    const scans = partition.transaction(this.#clock.nowMs(), () => {
      const open = partition.openScans()
      for (const scope of open) partition.restartScan(scope)
      // Until `remembered`, the file reflects no position.
      meta.delete(inputName)
      return open.map(({ scope, scanFrom }) => ({ scope, from: scanFrom }))
    })
    return { head, next, remember: scans, lastRecordedAtMs }
  }

  /**
   * From here on the file reflects all input before `next`.
   * @param lost scopes whose open scan is abandoned: its input is deleted, so the resources that it has seen are unknown
   */
  remembered(next: number, lost: readonly Scope[] | 'all'): void {
    const { partition, counters } = this.#engine
    partition.transaction(this.#clock.nowMs(), () => {
      const given = partition.openScans().filter(({ scope }) => lost === 'all' || lost.includes(scope))
      for (const scope of given) partition.abandonScan(scope)
      counters.scansAbandoned += given.length
      this.#unpublished = given
      partition.meta.set(inputName, next)
    })
  }

  /** Marks what the open scans have seen in a piece of a chunk before an offset, and applies nothing else. */
  remember(chunk: LogChunk, until: number, isolation: IsolationPlan | null): KafkaAnswers['remember'] {
    const piece = this.#pieceOf('remember', chunk, isolation)
    const processed = { ...piece, records: piece.records.filter(({ offset }) => offset < until), unreadable: [] }
    // Its dead letters were published the first time.
    const input = { ...this.#isolated, take: this.#remember, refuse: () => undefined, setAside: () => undefined }
    this.#engine.partition.transaction(this.#clock.nowMs(), () => {
      if (isolation === null) this.#remember(inputPiece(processed).bytes)
      else this.#applyIsolated(processed, isolation, input)
    })
    this.#journal.end()
    return { next: piece.nextOffset }
  }

  /** Applies a piece of a chunk in a transaction that stays open. @returns the batches to publish */
  prepare(chunk: LogChunk, isolation: IsolationPlan | null): KafkaAnswers['prepare'] {
    const startedAt = performance.now()
    const piece = this.#pieceOf('prepare', chunk, isolation)
    const { nextOffset: next } = piece
    this.#apply(chunk.from, piece, isolation)
    const { partition, counters, endLetters } = this.#engine
    endLetters()
    partition.publishRest(next)
    const batches = this.#outbox.take()
    this.#journal.end()
    counters.busyMs += performance.now() - startedAt
    return { batches, head: partition.head, next }
  }

  commit(): Omit<CommitHere, 'partition'> {
    const { partition, counters, takeHolds } = this.#engine
    const startedAt = performance.now()
    partition.commit()
    this.#isPrepared = false
    counters.commits++
    counters.fsyncMs.observe(partition.lastCommitMs)
    counters.commitMs.observe(performance.now() - startedAt)
    counters.bytesWritten += partition.takeBytesWritten()
    return { head: partition.head, holds: takeHolds(), report: counters }
  }

  resetCounters(): void {
    resetCounters(this.#engine.counters)
  }

  /** One step of retention, unless a transaction is prepared. @returns whether another step would drop more */
  expire(nowMs: number, { ageMs, bytes }: WorkerSettings['retention']): boolean {
    const { partition, counters } = this.#engine
    if (this.#isPrepared) return false
    const before = partition.floor
    const pins = HistoryPins.over(this.#settings.pins)
    const more = partition.transaction(nowMs, () => partition.expire(nowMs - ageMs, bytes, pins))
    counters.expired += partition.floor - before
    return more
  }

  [Symbol.dispose](): void {
    // From here on another node may write: a transaction that is still open may have been published or not.
    const settledThroughMs = Math.max(0, this.#engine.partition.lastRecordedAtMs - 1)
    SettledTimes.over(this.#settings.settledTimes).followed(this.#partition, settledThroughMs)
    this.#engine.partition[Symbol.dispose]()
    this.#journal[Symbol.dispose]()
  }

  /** Decodes a piece of a chunk; input that is given up is not decoded. */
  #pieceOf(work: InputWork, chunk: LogChunk, isolation: IsolationPlan | null): DecodedRecords {
    const until = offsetBehind(chunk.bytes, chunk.from)
    this.#progress.beginTask(this.#partition, chunk.from)
    this.#journal.begin(work, chunk.from, until)
    if (isolation === null) return decodePiece(chunk, this.#settings.transactionBytes)
    if (isolation.givenUpUntil === null) return decodePiece(chunk, isolatedBytes)
    const nextOffset = Math.min(isolation.givenUpUntil, until)
    return { records: [], unreadable: [], nextOffset, bytes: 0 }
  }

  #apply(chunkFrom: number, decoded: DecodedRecords, isolation: IsolationPlan | null): void {
    const { partition, setNow } = this.#engine
    const from = decoded.records[0]?.offset ?? decoded.unreadable[0]?.firstOffset ?? decoded.nextOffset
    this.#outbox.clear()
    this.#isPrepared = true
    partition.prepare(this.#clock.nowMs(), from, (stampMs) => {
      setNow(stampMs)
      for (const scope of this.#unpublished) partition.abandonScan(scope)
      this.#unpublished = []
      if (isolation === null) this.#takeAll(decoded)
      else if (isolation.givenUpUntil !== null) this.#giveUp(chunkFrom, decoded.nextOffset)
      else this.#applyIsolated(decoded, isolation, this.#isolated)
      partition.meta.set(inputName, decoded.nextOffset)
    })
  }

  #takeAll(decoded: DecodedRecords): void {
    const { bytes, offsets, operators, refused } = inputPiece(decoded)
    this.#refuse(refused)
    if (bytes.length > 0) this.#take(bytes, offsets, (offset) => operators.has(offset))
  }

  #applyIsolated(decoded: DecodedRecords, isolation: IsolationPlan, taker: IsolatedInput): void {
    applyIsolated(decoded, isolation, taker)
    this.#progress.endRecord()
    this.#journal.at(null)
  }

  #take(bytes: Uint8Array, offsets: LineNumbers, isOperators: (offset: number) => boolean): void {
    this.onRecords(bytes)
    this.#engine.chain({ bytes, source: this.#source, lines: offsets, unit: 'offset', isOperators })
    this.#engine.counters.batches++
  }

  #refuse(refused: InputPiece['refused']): void {
    for (const { offset, reason, detail } of refused) {
      this.#engine.context.deadLetter(reason, detail, `${this.#source} offset ${offset}`, '')
    }
  }

  #giveUp(from: number, next: number): void {
    const detail = `offsets ${from} to ${next - 1}: workers ended there repeatedly`
    this.#engine.context.deadLetter('crashed_worker', detail, `${this.#source} offset ${from}`, '')
  }

  readonly #isolated: IsolatedInput = {
    at: (record) => {
      this.#progress.beginTask(this.#partition, record.offset)
      this.#progress.beginRecord(record.line)
      this.#journal.at(record)
      this.#progress.beat()
    },
    take: (line, offset, isOperators) => this.#take(line, [offset], () => isOperators),
    refuse: (refused) => this.#refuse(refused),
    setAside: (bytes, offset) => setAside(this.#engine.context, bytes, `${this.#source} offset ${offset}`),
  }

  /** A chain that only marks what open scans have seen: its counters and dead letters, written the first time, are dropped. */
  #rememberer(): (bytes: Uint8Array) => void {
    const input = new Subject<{ bytes: Uint8Array; source: string; lines: null }>()
    let failure: { readonly error: unknown } | null = null
    const context = { ...this.#engine.context, counters: createCounters(), deadLetter: () => undefined }
    input.pipe(decode(context), remember(context)).subscribe({ error: (error: unknown) => (failure = { error }) })
    return (bytes) => {
      this.onRecords(bytes)
      input.next({ bytes, source: this.#source, lines: null })
      if (failure !== null) throw failure.error
    }
  }
}
