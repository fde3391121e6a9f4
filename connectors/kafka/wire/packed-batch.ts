import type { OutgoingRecord } from '../settings.ts'
import { batchesOf, defaultBatchBytes, type EncodedRecords } from './batch-builder.ts'
import { ByteWriter } from './byte-writer.ts'
import { type Codec, codecNumbers, compress } from './codecs.ts'
import { crc32c } from './crc32c.ts'

/** A batch that lacks nothing but its producer's identity: it may be made in one thread and sent by another. */
export interface PackedBatch extends Omit<EncodedRecords, 'bytes'> {
  readonly codec: Codec
  /** The records, compressed. */
  readonly bytes: Uint8Array
}

/** Whose batch it is, and which of its batches: brokers drop what they have already. */
export interface BatchIdentity {
  readonly producerId: number
  readonly epoch: number
  readonly firstSequence: number
  readonly isTransactional: boolean
}

const magic = 2
const headerBytes = 61
const crcAt = 17
const attributesAt = 21
const transactional = 0b10000

export const pack = (records: EncodedRecords, codec: Codec): PackedBatch => ({
  ...records,
  codec,
  bytes: compress(codec, records.bytes),
})

/**
 * Records in batches, in their order, each packed when it is asked for.
 * @param maxBytes of a batch before compression: below the topic's `max.message.bytes`
 */
export function* packRecords(
  records: Iterable<OutgoingRecord>,
  codec: Codec = 'zstd',
  maxBytes = defaultBatchBytes,
): Generator<PackedBatch> {
  for (const batch of batchesOf(records, maxBytes)) yield pack(batch, codec)
}

/** A batch of Kafka's message format 2, ready to be sent. */
export function sealBatch(
  { codec, count, firstTimestampMs, lastTimestampMs, bytes }: PackedBatch,
  id: BatchIdentity,
): Buffer {
  const batch = new ByteWriter(headerBytes + bytes.length)
  batch.int64(0) // the broker gives the offsets
  batch.int32(headerBytes - 12 + bytes.length)
  batch.int32(-1) // no leader epoch
  batch.int8(magic)
  batch.int32(0) // the checksum's place
  batch.int16(codecNumbers[codec] | (id.isTransactional ? transactional : 0))
  batch.int32(count - 1)
  batch.int64(firstTimestampMs)
  batch.int64(lastTimestampMs)
  batch.int64(id.producerId)
  batch.int16(id.epoch)
  batch.int32(id.firstSequence)
  batch.int32(count)
  batch.raw(bytes)
  const sealed = batch.bytes
  sealed.writeUInt32BE(crc32c(sealed.subarray(attributesAt)), crcAt)
  return sealed
}
