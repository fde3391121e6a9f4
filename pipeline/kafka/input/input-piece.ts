import type { DecodedRecords, LogRecord } from '../../../connectors/kafka/kafka.ts'
import { VainoError } from '../../../model/errors.ts'
import { LineOffsets } from '../messages/line-offsets.ts'
import { msgpackToNdjson } from '../messages/msgpack-to-json.ts'

/** Input messages as one piece. */
export interface InputPiece {
  /** NDJSON; valid until the next call of {@link inputPiece}. */
  readonly bytes: Uint8Array
  /** The message offset of each line. */
  readonly offsets: LineOffsets
  /** Offsets of the messages that a node sent for an operator; see {@link operatorHeader}. */
  readonly operators: ReadonlySet<number>
  readonly refused: readonly { readonly offset: number; readonly reason: 'not_json'; readonly detail: string }[]
}

/**
 * Header of messages with an operator's record (`hold.release`). Only nodes write it, and never for records from HTTP ingest: a
 * token that may only ingest can't release holds. A client that may produce to the topic can, and the brokers grant that.
 */
export const operatorHeader = 'vaino_operator'

const newline = 10
const msgpackTypes = new Set(['application/msgpack', 'application/vnd.msgpack', 'application/x-msgpack'])
const decoder = new TextDecoder()

/** Reused for each piece: allocating megabytes takes longer than filling them. */
let reusable = Buffer.alloc(0)
const maxKeptBytes = 8 * 1024 * 1024

type Refused = InputPiece['refused'][number]

/**
 * Fetched records as NDJSON with the offset of each line. All lines of a message have its offset. A message without readable
 * content is refused.
 */
export function inputPiece({ records, unreadable }: Pick<DecodedRecords, 'records' | 'unreadable'>): InputPiece {
  const refused: Refused[] = unreadable.map((span) => ({
    offset: span.firstOffset,
    reason: 'not_json',
    detail: `offsets ${span.firstOffset} to ${span.lastOffset}: ${span.reason}`,
  }))
  const texts: Uint8Array[] = []
  const offsets = new LineOffsets()
  const operators = new Set<number>()
  for (const record of records) {
    const { offset } = record
    try {
      const text = textOf(record)
      if (text.length === 0) throw new VainoError('bad_input', 'an empty message')
      offsets.add(offset, linesIn(text))
      if (record.headers.some(([name]) => name === operatorHeader)) operators.add(offset)
      texts.push(text)
    } catch (error) {
      if (!(error instanceof VainoError)) throw error
      refused.push({ offset, reason: 'not_json', detail: error.message })
    }
  }
  return { bytes: joined(texts), offsets, operators, refused }
}

/** Number of lines, empty ones included; text after the last newline is a line. */
function linesIn(text: Uint8Array): number {
  let lines = 0
  for (let start = 0; start < text.length; lines++) {
    if (text[start] === newline) {
      start++
      continue
    }
    const found = text.indexOf(newline, start)
    start = found < 0 ? text.length : found + 1
  }
  return lines
}

/** Concatenates texts, each with a newline at its end. */
function joined(texts: readonly Uint8Array[]): Uint8Array {
  const bytes = texts.reduce((sum, text) => sum + text.length + Number(text.at(-1) !== newline), 0)
  if (reusable.length < bytes || reusable.length > maxKeptBytes) reusable = Buffer.allocUnsafe(bytes)
  const all = reusable.subarray(0, bytes)
  let at = 0
  for (const text of texts) {
    all.set(text, at)
    at += text.length
    if (text.at(-1) !== newline) all[at++] = newline
  }
  return all
}

/** @throws VainoError for a message without readable content */
function textOf({ value, headers }: LogRecord): Uint8Array {
  if (value === null) throw new VainoError('bad_input', 'a message without a value')
  if (!isMsgpack(headers)) return value
  try {
    return msgpackToNdjson(value)
  } catch (error) {
    if (!(error instanceof VainoError)) throw error
    throw new VainoError('bad_input', `no MessagePack that can be used: ${error.message}`, { cause: error })
  }
}

/** Compares the media type without parameters and case; the last of several headers counts. */
function isMsgpack(headers: LogRecord['headers']): boolean {
  const value = headers.findLast(([name]) => name.toLowerCase() === 'content-type')?.[1]
  if (!value) return false
  return msgpackTypes.has((decoder.decode(value).split(';', 1)[0] ?? '').trim().toLowerCase())
}
