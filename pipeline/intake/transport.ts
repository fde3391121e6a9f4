import type { DeadLetterReason } from '../../model/partition-state.ts'
import type { TaskDispatcher } from '../embedded/task-dispatcher.ts'
import type { ProducerMark, TaskResult } from '../partition/task.ts'
import type { Permits } from './permits.ts'

/** Records of one partition, on their way to it. */
export interface Parcel {
  /** NDJSON, in memory from {@link parcelBuffer} that nobody writes to any more. */
  readonly bytes: Uint8Array
  readonly records: number
  readonly source: string
  readonly origin: 'collector' | 'ingest'
  readonly lines: Uint32Array | null
  readonly producer: ProducerMark | null
}

/**
 * Memory for a parcel, shared between threads: it crosses to its worker without a copy, and stays here to be sent again
 * should the worker die.
 */
export const parcelBuffer = (bytes: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(bytes))

export interface Receipt {
  /** Settles when the effects are committed and fsynced. */
  readonly settled: Promise<TaskResult>
}

/**
 * How records reach the partitions that process them. Each method resolves when there was room and the record has its
 * place in line: awaiting it before the next call keeps the order and bounds what is under way.
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
  /** Notes how far a producer has come, after all that it sent before. */
  mark(partition: number, producer: ProducerMark): Promise<Receipt>
  readonly permits: Permits
}

/**
 * The embedded transport: a bounded hand-off to the workers of this process.
 * @param waited is told when a sender had to wait for room
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
