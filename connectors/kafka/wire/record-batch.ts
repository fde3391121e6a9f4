import { messageOf, VainoError } from '../../../model/errors.ts'
import type { LogRecord } from '../settings.ts'
import { ByteReader } from './byte-reader.ts'
import { decompress } from './codecs.ts'

// Why not the decoder of kafkajs: it drops batches whose records were all compacted away, so a reader of a compacted topic never
// gets past them; one batch that cannot be decoded ends its consumer; it takes a record whose key is four zero bytes for the end
// of an aborted transaction, and then shows aborted records; and it allocates five objects a number.

/** Records in the log that cannot be read: their codec is unknown, or they decompress beyond the limit. */
export interface UnreadableSpan {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly reason: string
}

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** Bytes of a partition's log: whole batches, compressed, which may hold aborted records. */
export interface LogChunk {
  readonly bytes: Uint8Array
  /** Records before this offset are left out: a broker sends a compressed batch whole. */
  readonly from: number
  /** Aborted transactions, whose records are left out. */
  readonly aborted: readonly AbortedTransaction[]
}

export interface DecodedRecords {
  readonly records: LogRecord[]
  readonly unreadable: UnreadableSpan[]
  /** The offset behind the last whole batch; `from` if there was none. */
  readonly nextOffset: number
  /** Bytes of memory that the records keep alive: a view keeps its whole buffer. */
  readonly bytes: number
}

interface Batch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly magic: number
  readonly attributes: number
  readonly baseTimestampMs: number
  readonly maxTimestampMs: number
  readonly producerId: number
  readonly records: number
  readonly body: Buffer
}

/** Kafka's message format since 0.11; brokers of version 4 store no other. */
const currentMagic = 2
/**
 * Limit of records plus headers in a batch. A decoded one takes 100 bytes, and a compressed empty one less than one byte. Producers
 * send about 1 MB a batch, which is 10,000 of vaino's records.
 */
export const maxParts = 1_000_000
/** Bytes between a batch's length and its records. Messages of older formats are hardly shorter. */
const minBytes = 49
const codecMask = 0b111
const logAppendTime = 0b1000
const transactional = 0b10000
const control = 0b100000
/** The key of a control record: its version, then 0 for an abort or 1 for a commit. */
const abortType = 0

/** The whole batches in some bytes. The limit of an answer often cuts off the last batch. */
function* batchesIn(chunk: Uint8Array): Generator<Batch> {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  const reader = new ByteReader(bytes)
  while (reader.remaining >= 12) {
    const baseOffset = reader.int64()
    const length = reader.int32()
    if (length < minBytes || length > reader.remaining) return
    const batch = new ByteReader(reader.bytes(length) ?? bytes)
    batch.int32() // leader epoch
    const magic = batch.int8()
    if (magic !== currentMagic) {
      yield {
        baseOffset,
        lastOffset: baseOffset,
        magic,
        attributes: 0,
        baseTimestampMs: 0,
        maxTimestampMs: 0,
        producerId: -1,
        records: 0,
        body: batch.rest(),
      }
      continue
    }
    batch.int32() // checksum, which the broker has checked
    const attributes = batch.int16()
    const lastOffset = baseOffset + batch.int32()
    const baseTimestampMs = batch.int64()
    const maxTimestampMs = batch.int64()
    const producerId = batch.int64()
    batch.int16() // producer epoch
    batch.int32() // first sequence number
    const records = batch.int32()
    const body = batch.rest()
    yield { baseOffset, lastOffset, magic, attributes, baseTimestampMs, maxTimestampMs, producerId, records, body }
  }
}

const noHeaders: LogRecord['headers'] = []

function readRecord(reader: ByteReader, batch: Batch, maxHeaders: number): LogRecord {
  const length = reader.varint()
  const after = reader.remaining - length
  reader.int8() // attributes, unused so far
  const sinceBase = reader.varint()
  const timestampMs = batch.attributes & logAppendTime ? batch.maxTimestampMs : batch.baseTimestampMs + sinceBase
  const offset = batch.baseOffset + reader.varint()
  const key = reader.bytes(reader.varint())
  const value = reader.bytes(reader.varint())
  const count = reader.varint()
  let headers = noHeaders
  if (count > maxHeaders) throw new Error(`has more than ${maxParts} headers`)
  if (count > 0) {
    const read: [string, Uint8Array | null][] = []
    for (let index = 0; index < count; index++) {
      read.push([reader.text(reader.varint()), reader.bytes(reader.varint())])
    }
    headers = read
  }
  if (reader.remaining !== after) throw new RangeError('has a record of another length than it says')
  return { offset, timestampMs, key, value, headers }
}

function recordsOf(batch: Batch): { records: LogRecord[]; bytes: number } {
  if (batch.magic !== currentMagic) throw new Error(`has message format ${batch.magic}`)
  if (batch.records > maxParts) throw new Error(`has ${batch.records} records, more than ${maxParts}`)
  const reader = new ByteReader(decompress(batch.attributes & codecMask, batch.body))
  const bytes = reader.remaining
  const records: LogRecord[] = []
  let headers = 0
  for (let index = 0; index < batch.records; index++) {
    const record = readRecord(reader, batch, maxParts - headers)
    headers += record.headers.length
    records.push(record)
  }
  return { records, bytes }
}

const isAbortMarker = (key: Uint8Array | null): boolean =>
  key !== null && key.length >= 4 && Buffer.from(key).readInt16BE(2) === abortType

/** Tracks which transactions are aborted at an offset, in log order. */
class AbortedNow {
  readonly #toCome: AbortedTransaction[]
  readonly #open = new Set<number>()

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#toCome = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Whether the next batch of the log belongs to an aborted transaction. */
  has(batch: Batch): boolean {
    for (let next = this.#toCome[0]; next && next.firstOffset <= batch.lastOffset; next = this.#toCome[0]) {
      this.#open.add(next.producerId)
      this.#toCome.shift()
    }
    return (batch.attributes & transactional) !== 0 && this.#open.has(batch.producerId)
  }

  end(producerId: number): void {
    this.#open.delete(producerId)
  }
}

/** The offset behind the last whole batch in some bytes; at least `from`. */
export function offsetBehind(bytes: Uint8Array, from: number): number {
  let behind = from
  for (const { lastOffset } of batchesIn(bytes)) behind = Math.max(behind, lastOffset + 1)
  return behind
}

/** The batches before an offset at which a batch begins. */
export function bytesBefore(bytes: Uint8Array, offset: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  while (at + 12 <= bytes.length && Number(view.getBigInt64(at)) < offset) at += 12 + view.getInt32(at + 8)
  return bytes.subarray(0, at)
}

/**
 * Decodes the records that a `read_committed` reader sees, in pieces of whole batches, so that highly compressed bytes are not all
 * in memory at once. There is always a last piece, possibly empty, with the offset that was reached.
 * @param pieceBytes a piece ends after the batch that reaches this size, if more follow
 */
export function* decodeRecords(
  { bytes, from, aborted }: LogChunk,
  pieceBytes = Number.POSITIVE_INFINITY,
): Generator<DecodedRecords, void, void> {
  const abortedNow = new AbortedNow(aborted)
  let piece = emptyPiece(from)
  for (const batch of batchesIn(bytes)) {
    if (piece.bytes >= pieceBytes) {
      yield piece
      piece = emptyPiece(piece.nextOffset)
    }
    const isAborted = abortedNow.has(batch)
    const isMarker = (batch.attributes & control) !== 0
    // Also markers before `from`: they end an aborted transaction, and its producer continues.
    if (isMarker || (batch.lastOffset >= from && !isAborted)) {
      try {
        const decoded = recordsOf(batch)
        if (!isMarker) {
          piece.bytes += decoded.bytes
          for (const record of decoded.records) if (record.offset >= from) piece.records.push(record)
        } else if (isAbortMarker(decoded.records[0]?.key ?? null)) abortedNow.end(batch.producerId)
      } catch (error) {
        // That this machine can't decode it says nothing against the batch.
        if (error instanceof VainoError) throw error
        if (batch.lastOffset < from) continue
        const firstOffset = Math.max(from, batch.baseOffset)
        piece.unreadable.push({ firstOffset, lastOffset: batch.lastOffset, reason: `the batch ${messageOf(error)}` })
      }
    }
    piece.nextOffset = Math.max(piece.nextOffset, batch.lastOffset + 1)
  }
  yield piece
}

/** The first piece. For the next one, call it with the same chunk and `from` set to `nextOffset`, which skips without decoding. */
export const decodePiece = (chunk: LogChunk, pieceBytes: number): DecodedRecords => {
  for (const piece of decodeRecords(chunk, pieceBytes)) return piece
  throw new Error('there is always a last piece')
}

const emptyPiece = (nextOffset: number) => ({
  records: [] as LogRecord[],
  unreadable: [] as UnreadableSpan[],
  nextOffset,
  bytes: 0,
})

/** The times of the transaction markers in some bytes. They are the broker's own, whereas a record's time may be its producer's. */
export const markerTimes = (bytes: Uint8Array): number[] =>
  [...batchesIn(bytes)].filter(({ attributes }) => attributes & control).map(({ maxTimestampMs }) => maxTimestampMs)
