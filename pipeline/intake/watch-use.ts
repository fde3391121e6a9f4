import { isRejection, readRecord } from '../../operators/read-record.ts'
import type { IngestResult, Refusal } from '../engine.ts'
import type { Transport } from './transport.ts'

/** Records of one request that are looked at; of a larger one in which none of them can be used, nothing is said. */
const maxLooks = 1000
/** A longer record is taken for usable: parsing it would hold up the thread. */
const maxBytes = 1024 * 1024
const newline = 10

export interface Use {
  readonly transport: Transport
  readonly isUseless: () => boolean
  /** What the first line says that can't be used by itself; nothing: each can, or they were not looked at. */
  readonly firstRefusal: () => Pick<IngestResult, 'firstRefusal'>
}

/**
 * Notes whether anything that is sent can be used, and why the first record can't. The processors decide that, on threads and with Kafka in transactions
 * with records of many senders, so the answer to a request of which nothing can be used could not say why. Looks until the first record that can be used,
 * which is most often the first one.
 */
export function watchUse(transport: Transport): Use {
  let looks = 0
  let mayBeOfUse = false
  let first: Refusal | null = null
  const refuse = (refusal: Refusal): void => {
    if (first === null || refusal.line < first.line) first = refusal
  }
  const look = (bytes: Uint8Array, lineOf: Uint32Array | null): void => {
    const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let start = 0, at = 0; start < lines.length && !mayBeOfUse; at++) {
      const found = lines.indexOf(newline, start)
      const end = found < 0 ? lines.length : found
      const isPastLimits = ++looks > maxLooks || end - start > maxBytes
      const record = isPastLimits ? null : readRecord(lines.subarray(start, end))
      mayBeOfUse = record === null || !isRejection(record)
      if (record !== null && isRejection(record)) {
        refuse({ line: lineOf?.[at] ?? at + 1, reason: record.rejected, detail: record.detail })
      }
      start = end + 1
    }
  }
  return {
    transport: {
      ...transport,
      send(partition, parcel, signal) {
        if (!mayBeOfUse) look(parcel.bytes, parcel.lines)
        return transport.send(partition, parcel, signal)
      },
      refuse(partition, reason, detail, source, ...more) {
        refuse({ line: Number(/\d+$/.exec(source)?.[0] ?? 1), reason, detail })
        return transport.refuse(partition, reason, detail, source, ...more)
      },
    },
    isUseless: () => !mayBeOfUse,
    firstRefusal: () => (first === null ? {} : { firstRefusal: first }),
  }
}
