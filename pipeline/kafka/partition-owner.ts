import { Subject } from 'rxjs'
import { decode } from '../../operators/decode.ts'
import { remember } from '../../operators/remember.ts'
import { resetCounters } from '../telemetry/worker-counters.ts'
import { openPartitionEngine, type PartitionEngine } from '../workers/partition-engine.ts'
import { packOutput } from './frames.ts'
import { changeMessage, deadLetterMessage, scopeMessage, stateMessage } from './messages.ts'
import type { Answers, InputPiece, KafkaWorkerSettings } from './protocol.ts'

/** How far the input is reflected in the file, marks of open scans included. */
const inputName = 'kafka_input'

/** The owner of a partition: what it does is prepared here, told to Kafka, and only then committed here. */
export class PartitionOwner implements Disposable {
  readonly #settings: KafkaWorkerSettings
  readonly #partition: number
  readonly #engine: PartitionEngine
  readonly #source: string
  readonly #remember: (piece: InputPiece) => void

  constructor(settings: KafkaWorkerSettings, partition: number, owner: string) {
    this.#settings = settings
    this.#partition = partition
    this.#engine = openPartitionEngine(settings, partition, owner, true)
    this.#source = `${settings.topicPrefix}.resources partition ${partition}`
    this.#remember = this.#rememberer()
  }

  get head(): number {
    return this.#engine.partition.head
  }

  /** @param committed the input offset that comes next, as the group has it; null for none */
  begin(committed: number | null): Answers['own'] {
    const { partition } = this.#engine
    const reflected = partition.meta.get(inputName)
    const isWhole = reflected !== null && Number(reflected) === (committed ?? 0)
    if (isWhole) return { head: partition.head, remember: [] }
    const scans = partition.transaction(Date.now(), () => {
      const open = partition.openScans()
      for (const scope of open) partition.restartScan(scope)
      partition.meta.set(inputName, committed ?? 0)
      return open.map(({ scope, scanFrom }) => ({ scope, from: scanFrom }))
    })
    return { head: partition.head, remember: scans }
  }

  remember(piece: InputPiece): void {
    this.#engine.partition.transaction(Date.now(), () => this.#remember(piece))
  }

  /** Applies input in a transaction that stays open. @returns what it has to tell the topics */
  prepare(piece: InputPiece, from: number, next: number): Answers['prepare'] {
    const { partition, context, counters, chain, setNow, takeLetters } = this.#engine
    const nowMs = Date.now()
    setNow(nowMs)
    const recordsBefore = counters.records
    const startedAt = performance.now()
    partition.prepare(nowMs, from, () => {
      for (const { offset, reason, detail } of piece.refused) {
        context.deadLetter(reason, detail, `${this.#source} offset ${offset}`, '')
      }
      if (piece.bytes.length > 0) {
        chain({ bytes: piece.bytes, source: this.#source, lines: piece.offsets, unit: 'offset' })
        counters.batches++
      }
      partition.meta.set(inputName, next)
    })
    const { changes, states, scopes } = partition.output()
    const records = [
      ...changes.map((row) => changeMessage(row, this.#settings.topicPrefix)),
      ...states.map((state) => stateMessage(state, this.#partition, nowMs)),
      ...scopes.map((scope) => scopeMessage(scope, nowMs)),
      ...takeLetters().map((letter) => deadLetterMessage(letter, nowMs)),
    ]
    counters.busyMs += performance.now() - startedAt
    return { frame: packOutput(records), records: counters.records - recordsBefore, head: partition.head }
  }

  commit(): Answers['commit'] {
    const { partition, counters, takeHolds } = this.#engine
    const startedAt = performance.now()
    partition.commit()
    counters.commits++
    counters.fsyncMs.observe(partition.lastCommitMs)
    counters.commitMs.observe(performance.now() - startedAt)
    counters.bytesWritten += partition.takeBytesWritten()
    return { head: partition.head, holds: takeHolds(), report: counters }
  }

  resetCounters(): void {
    resetCounters(this.#engine.counters)
  }

  expire(): boolean {
    const { ageMs, bytes } = this.#settings.retention
    return this.#engine.partition.transaction(Date.now(), () => this.#engine.partition.expire(ageMs, bytes))
  }

  [Symbol.dispose](): void {
    this.#engine.partition[Symbol.dispose]()
  }

  /** The chain that only remembers: what it can't read was a dead letter the first time, and is none again. */
  #rememberer(): (piece: InputPiece) => void {
    const input = new Subject<{ bytes: Uint8Array; source: string; lines: null }>()
    let failure: { readonly error: unknown } | null = null
    const context = { ...this.#engine.context, deadLetter: () => undefined }
    input.pipe(decode(context), remember(context)).subscribe({ error: (error: unknown) => (failure = { error }) })
    return ({ bytes }) => {
      input.next({ bytes, source: this.#source, lines: null })
      if (failure !== null) throw failure.error
    }
  }
}
