import type { OutgoingRecord } from '../settings.ts'
import { batchesOf, defaultBatchBytes, type EncodedRecords } from './batch-builder.ts'
import { ByteWriter } from './byte-writer.ts'
import { type Codec, codecNumbers, compress } from './codecs.ts'
import { crc32c } from './crc32c.ts'

/** A batch without its producer's identity: one thread can pack it and another can send it. */
export interface PackedBatch extends Omit<EncodedRecords, 'bytes'> {
  readonly codec: Codec
  /** The records, compressed. */
  readonly bytes: Uint8Array
}

/** The producer of a batch and the sequence number of its first record. Brokers use both to drop duplicates. */
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
 * Packs records into batches, in their order, lazily.
 * @param maxBytes limit of a batch before compression; must be below the topic's `max.message.bytes`
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
  batch.int64(0) // the broker assigns offsets
  batch.int32(headerBytes - 12 + bytes.length)
  batch.int32(-1) // no leader epoch
  batch.int8(magic)
  batch.int32(0) // checksum, written below
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
