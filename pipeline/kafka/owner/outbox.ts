import type { TextPieces } from '../../../connectors/kafka/kafka.ts'
import { BatchBuilder } from '../../../connectors/kafka/wire/batch-builder.ts'
import { type PackedBatch, pack } from '../../../connectors/kafka/wire/packed-batch.ts'

/** A record for a topic, made in a worker. The main thread knows the topics' names. */
export interface OutputRecord {
  readonly to: 'changes' | 'state' | 'deadLetters'
  readonly key: string | null
  readonly value: string | TextPieces | Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
  readonly timestampMs: number
}

export interface OutputBatch extends Pick<OutputRecord, 'to'> {
  readonly batch: PackedBatch
}

/**
 * The records that a transaction publishes, packed in the worker into compressed batches, which the brokers store as they are. So a
 * tenth of the bytes crosses the thread boundary, and the main thread only sends. The builders' memory is reused.
 */
export class Outbox {
  readonly #builders: Readonly<Record<OutputRecord['to'], BatchBuilder>>
  #batches: OutputBatch[] = []

  /** @param maxBatchBytes before compression */
  constructor(maxBatchBytes: number) {
    this.#builders = {
      changes: new BatchBuilder(maxBatchBytes),
      state: new BatchBuilder(maxBatchBytes),
      deadLetters: new BatchBuilder(maxBatchBytes),
    }
  }

  add(record: OutputRecord): void {
    const builder = this.#builders[record.to]
    if (builder.add(record, record.timestampMs)) return
    this.#pack(record.to)
    builder.add(record, record.timestampMs)
  }

  /** Drops the records of a transaction that failed. */
  clear(): void {
    for (const builder of Object.values(this.#builders)) builder.take()
    this.#batches = []
  }

  /** The batches of all records since the last call, each topic's records in their order. */
  take(): readonly OutputBatch[] {
    this.#pack('changes')
    this.#pack('state')
    this.#pack('deadLetters')
    const batches = this.#batches
    this.#batches = []
    return batches
  }

  #pack(to: OutputRecord['to']): void {
    const records = this.#builders[to].take()
    if (records !== null) this.#batches.push({ to, batch: pack(records, 'zstd') })
  }
}
