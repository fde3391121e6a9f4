import { Subject } from 'rxjs'
import { type DecodedRecords, decodePiece, type LogChunk } from '../../connectors/kafka/record-batch.ts'
import type { ScopeState } from '../../model/partition-state.ts'
import type { Scope } from '../../model/scope.ts'
import { decode } from '../../operators/decode.ts'
import { remember } from '../../operators/remember.ts'
import type { ReplicaOutput } from '../../storage/replica.ts'
import { createCounters, resetCounters } from '../telemetry/worker-counters.ts'
import { type Letter, openPartitionEngine, type PartitionEngine } from '../workers/partition-engine.ts'
import type { WorkerSettings } from '../workers/protocol.ts'
import { inputPiece } from './input-piece.ts'
import { changeMessage, deadLetterMessage, scopeMessage, stateMessage, tombstone } from './messages.ts'
import { Outbox } from './outbox.ts'
import type { Answers, KafkaWorkerSettings } from './protocol.ts'

/** How far the input is reflected in the file, marks of open scans included. */
const inputName = 'kafka_input'
/** How far the topics say that the input is processed. */
const toldName = 'told_input'

/** The owner of a partition: what it does is prepared here, told to Kafka, and only then committed here. */
export class PartitionOwner implements Disposable {
  readonly #settings: KafkaWorkerSettings
  readonly #partition: number
  readonly #engine: PartitionEngine
  readonly #source: string
  readonly #remember: (bytes: Uint8Array) => void
  readonly #outbox: Outbox
  /** Scans that were abandoned here, which the topics have to be told. */
  #untold: readonly ScopeState[] = []
  #isPrepared = false

  constructor(settings: KafkaWorkerSettings, partition: number, owner: string) {
    this.#settings = settings
    this.#partition = partition
    this.#engine = openPartitionEngine(settings, partition, owner, true)
    this.#source = `${settings.messages.prefix}.resources partition ${partition}`
    this.#remember = this.#rememberer()
    this.#outbox = new Outbox(settings.messages.maxBatchBytes)
  }

  get head(): number {
    return this.#engine.partition.head
  }

  /** @param committed the input offset that comes next, as the group has it; null for none, or for one that it has forgotten */
  begin(committed: number | null): Answers['own'] {
    const { partition } = this.#engine
    const { head, meta } = partition
    const next = committed ?? Math.max(meta.number(inputName, 0), meta.number(toldName, 0))
    const reflected = meta.get(inputName)
    if (reflected !== null && Number(reflected) === next) return { head, next, remember: null }
    const scans = partition.transaction(Date.now(), () => {
      const open = partition.openScans()
      for (const scope of open) partition.restartScan(scope)
      // Until all is remembered the file reflects no position.
      meta.delete(inputName)
      return open.map(({ scope, scanFrom }) => ({ scope, from: scanFrom }))
    })
    return { head, next, remember: scans }
  }

  /**
   * From here on the file reflects all input before `next`.
   * @param lost scopes whose open scan can't be remembered: what it has seen is kept no more, so its end can't be believed
   */
  remembered(next: number, lost: readonly Scope[] | 'all'): void {
    const { partition, counters } = this.#engine
    partition.transaction(Date.now(), () => {
      const given = partition.openScans().filter(({ scope }) => lost === 'all' || lost.includes(scope))
      for (const scope of given) partition.abandonScan(scope)
      counters.scansAbandoned += given.length
      this.#untold = given
      partition.meta.set(inputName, next)
    })
  }

  /** Learns from a piece of a chunk what the open scans have seen in it before an offset. */
  remember(chunk: LogChunk, until: number): Answers['remember'] {
    const { records, nextOffset: next } = decodePiece(chunk, this.#settings.transactionBytes)
    const processed = records.filter(({ offset }) => offset < until)
    const { bytes } = inputPiece({ records: processed, unreadable: [] })
    this.#engine.partition.transaction(Date.now(), () => this.#remember(bytes))
    return { next }
  }

  /** Applies a piece of a chunk in a transaction that stays open. @returns what it has to tell the topics */
  prepare(chunk: LogChunk): Answers['prepare'] {
    const startedAt = performance.now()
    const nowMs = Date.now()
    const piece = decodePiece(chunk, this.#settings.transactionBytes)
    const { nextOffset: next } = piece
    this.#apply(piece, nowMs)
    const { partition, counters, takeLetters } = this.#engine
    this.#tell(partition.output(next), takeLetters(), nowMs)
    counters.busyMs += performance.now() - startedAt
    return { batches: this.#outbox.take(), head: partition.head, next }
  }

  commit(): Answers['commit'] {
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
    const more = partition.transaction(nowMs, () => partition.expire(ageMs, bytes))
    counters.expired += partition.floor - before
    return more
  }

  [Symbol.dispose](): void {
    this.#engine.partition[Symbol.dispose]()
  }

  #apply(decoded: DecodedRecords, nowMs: number): void {
    const { partition, context, counters, chain, setNow } = this.#engine
    const { bytes, offsets, refused } = inputPiece(decoded)
    const from = decoded.records[0]?.offset ?? decoded.unreadable[0]?.firstOffset ?? decoded.nextOffset
    setNow(nowMs)
    this.#isPrepared = true
    partition.prepare(nowMs, from, () => {
      for (const scope of this.#untold) partition.abandonScan(scope)
      this.#untold = []
      for (const { offset, reason, detail } of refused) {
        context.deadLetter(reason, detail, `${this.#source} offset ${offset}`, '')
      }
      if (bytes.length > 0) {
        chain({ bytes, source: this.#source, lines: offsets, unit: 'offset' })
        counters.batches++
      }
      partition.meta.set(inputName, decoded.nextOffset)
    })
  }

  #tell({ changes, states, deletions, scopes }: ReplicaOutput, letters: readonly Letter[], nowMs: number): void {
    const { messages } = this.#settings
    for (const row of changes) {
      const record = changeMessage(row, messages)
      if (record.headers.vaino_omitted !== undefined) this.#engine.counters.changesReduced++
      this.#outbox.add(record)
    }
    for (const state of states) this.#outbox.add(stateMessage(state, this.#partition, nowMs, messages))
    for (const resource of deletions) this.#outbox.add(tombstone(resource, nowMs))
    for (const scope of scopes) this.#outbox.add(scopeMessage(scope, nowMs, messages))
    for (const letter of letters) this.#outbox.add(deadLetterMessage(letter, nowMs))
  }

  /** The chain that only remembers: what was counted, and what was a dead letter, the first time is none again. */
  #rememberer(): (bytes: Uint8Array) => void {
    const input = new Subject<{ bytes: Uint8Array; source: string; lines: null }>()
    let failure: { readonly error: unknown } | null = null
    const context = { ...this.#engine.context, counters: createCounters(), deadLetter: () => undefined }
    input.pipe(decode(context), remember(context)).subscribe({ error: (error: unknown) => (failure = { error }) })
    return (bytes) => {
      input.next({ bytes, source: this.#source, lines: null })
      if (failure !== null) throw failure.error
    }
  }
}
