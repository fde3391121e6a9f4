import type { DeadLetterReason } from '../../model/partition-state.ts'
import type { TaskDispatcher } from '../embedded/task-dispatcher.ts'
import type { ProducerMark, TaskResult } from '../partition/task.ts'
import type { Permits } from './permits.ts'

/** Records of one partition, on their way to it. */
export interface Parcel {
  /** NDJSON, in memory from {@link parcelBuffer} that is not written to any more. */
  readonly bytes: Uint8Array
  readonly records: number
  readonly source: string
  readonly origin: 'collector' | 'ingest'
  readonly lines: Uint32Array | null
  readonly producer: ProducerMark | null
}

/**
 * Memory for a parcel, shared between threads. The worker reads it without a copy, and if the worker dies it is sent to its
 * replacement.
 */
export const parcelBuffer = (bytes: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(bytes))

export interface Receipt {
  /** Settles when the effects are committed and fsynced. */
  readonly settled: Promise<TaskResult>
}

/**
 * How records reach the partitions that process them. Each method resolves when the records have their permits and are queued:
 * awaiting it before the next call keeps the order and bounds the records under way.
 */
export interface Transport {
  send(partition: number, parcel: Parcel, signal?: AbortSignal): Promise<Receipt>
  refuse(
    partition: number,
    reason: DeadLetterReason,
    detail: string,
    source: string,
    preview: string,
    producer: ProducerMark | null,
  ): Promise<Receipt>
  /** Stores a producer's sequence number, after all records that it sent before. */
  mark(partition: number, producer: ProducerMark): Promise<Receipt>
  readonly permits: Permits
}

/**
 * The embedded transport: a bounded hand-off to the workers of this process.
 * @param waited called when a sender waited for permits
 */
export function embeddedTransport(
  dispatcher: TaskDispatcher,
  permits: Permits,
  waited: (origin: Parcel['origin'], ms: number) => void,
): Transport {
  return {
    permits,
    async send(partition, { records, origin, ...parcel }, signal) {
      const { release, waitedMs } = await permits.acquire(records, parcel.bytes.byteLength, signal)
      if (waitedMs > 0) waited(origin, waitedMs)
      try {
        const { settled } = await dispatcher.submit(partition, { kind: 'records', ...parcel, setAside: null })
        return { settled: settled.finally(release) }
      } catch (error) {
        release()
        throw error
      }
    },
    refuse: (partition, reason, detail, source, preview, producer) =>
      dispatcher.submit(partition, { kind: 'dead_letter', reason, detail, source, preview, producer }),
    mark: (partition, producer) => dispatcher.submit(partition, { kind: 'mark', producer }),
  }
}
