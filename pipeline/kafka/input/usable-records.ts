import { isRejection, readRecord } from '../../../operators/read-record.ts'
import type { Transport } from '../../intake/transport.ts'

/** Records of one request that are looked at; of a larger one in which none of them can be used, nothing is said. */
const maxLooks = 1000
/** A longer record is taken for usable: parsing it would hold up the thread. */
const maxBytes = 1024 * 1024
const newline = 10

/**
 * Notes whether anything that is sent can be used. The processors decide that, in transactions with records of many senders, so the
 * answer to a request of which nothing can be used would look like any other. Looks until the first record that can, which is most
 * often the first one.
 */
export function watchUse(transport: Transport): { readonly transport: Transport; readonly isUseless: () => boolean } {
  let looks = 0
  let mayBeOfUse = false
  const look = (bytes: Uint8Array): void => {
    const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let start = 0; start < lines.length && !mayBeOfUse; ) {
      const found = lines.indexOf(newline, start)
      const end = found < 0 ? lines.length : found
      const isPastLimits = ++looks > maxLooks || end - start > maxBytes
      mayBeOfUse = isPastLimits || !isRejection(readRecord(lines.subarray(start, end)))
      start = end + 1
    }
  }
  return {
    transport: {
      ...transport,
      send(partition, parcel, signal) {
        if (!mayBeOfUse) look(parcel.bytes)
        return transport.send(partition, parcel, signal)
      },
    },
    isUseless: () => !mayBeOfUse,
  }
}
