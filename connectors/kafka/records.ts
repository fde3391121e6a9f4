import { CompressionTypes, type Message, type RecordMetadata } from 'kafkajs'
import { VainoError } from '../../model/errors.ts'
import { type Codec, codecNumbers } from './codecs.ts'
import type { OutgoingRecord } from './settings.ts'

/** kafkajs puts what it is given for a partition into one batch, and brokers limit batches. */
export const defaultBatchBytes = 900_000
/** Offsets, lengths and the like, beside key, value and headers. */
const recordOverheadBytes = 32

const compressionTypes: Readonly<Record<Codec, CompressionTypes>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
}
export const compressionOf = (codec: Codec): CompressionTypes => compressionTypes[codec] ?? codecNumbers.none

const asBuffer = (part: string | Uint8Array | null): Buffer | string | null =>
  part instanceof Uint8Array ? Buffer.from(part.buffer, part.byteOffset, part.byteLength) : part

const bytesOf = (part: string | Uint8Array | null): number =>
  part === null ? 0 : typeof part === 'string' ? Buffer.byteLength(part) : part.byteLength

function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = recordOverheadBytes + bytesOf(key) + bytesOf(value)
  if (headers) for (const [name, text] of Object.entries(headers)) bytes += Buffer.byteLength(name) + bytesOf(text) + 4
  return bytes
}

function messageOf(record: OutgoingRecord, partition: number): Message {
  const message: Message = { partition, key: asBuffer(record.key), value: asBuffer(record.value) }
  if (record.timestampMs !== undefined) message.timestamp = String(record.timestampMs)
  if (record.headers) {
    message.headers = Object.fromEntries(
      Object.entries(record.headers).map(([name, value]) => [name, asBuffer(value) ?? '']),
    )
  }
  return message
}

/** Records in batches that a broker takes, in their order; a record over the limit goes alone and is the broker's to judge. */
export function* batchesOf(
  records: readonly OutgoingRecord[],
  partition: number,
  maxBytes: number,
): Generator<Message[]> {
  let batch: Message[] = []
  let bytes = 0
  for (const record of records) {
    const size = sizeOf(record)
    if (batch.length > 0 && bytes + size > maxBytes) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(messageOf(record, partition))
    bytes += size
  }
  if (batch.length > 0) yield batch
}

/**
 * Whether a broker has acknowledged the partition: kafkajs resolves with an empty answer for a partition that isn't there.
 * @throws VainoError `broker_unreachable`
 */
export function checkAcknowledged(answer: readonly RecordMetadata[], topic: string, partition: number): void {
  const mine = answer.filter((one) => one.topicName === topic && one.partition === partition)
  if (answer.length === 1 && mine[0]?.errorCode === 0) return
  throw new VainoError('broker_unreachable', `${topic}/${partition} was not acknowledged: ${JSON.stringify(answer)}`, {
    hint: 'Check that the topic has this partition.',
  })
}

/** Records say their partition. kafkajs would else choose one, and warn of how it does it. */
export const byTheirPartition =
  () =>
  ({ message }: { message: Message }): number => {
    if (message.partition === undefined) throw new Error('a record without a partition')
    return message.partition
  }
