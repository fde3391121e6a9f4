import type { LogBatch, LogRecord } from '../../connectors/kafka/kafka.ts'
import { VainoError } from '../../model/errors.ts'
import { msgpackToJson } from './msgpack-to-json.ts'
import type { InputPiece } from './protocol.ts'

const newline = 10
const msgpackTypes = new Set(['application/msgpack', 'application/vnd.msgpack', 'application/x-msgpack'])
const decoder = new TextDecoder()

interface Line {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  readonly offset: number
}
type Refused = InputPiece['refused'][number]

/**
 * What a fetch brought, as NDJSON with the offset of each line. A message may hold several lines, all with its offset; one
 * that holds nothing that can be read is refused here.
 */
export function inputPiece(batch: Pick<LogBatch, 'records' | 'unreadable'>): InputPiece {
  const refused: Refused[] = batch.unreadable.map((span) => ({
    offset: span.firstOffset,
    reason: 'not_json',
    detail: `offsets ${span.firstOffset} to ${span.lastOffset}: ${span.reason}`,
  }))
  const lines: Line[] = []
  for (const record of batch.records) {
    const { offset } = record
    try {
      const before = lines.length
      for (const bytes of textsOf(record)) addLines(lines, bytes, offset)
      if (lines.length === before) throw new VainoError('bad_input', 'an empty message')
    } catch (error) {
      if (!(error instanceof VainoError)) throw error
      refused.push({ offset, reason: 'not_json', detail: error.message })
    }
  }
  const bytes = lines.reduce((sum, { start, end }) => sum + end - start + 1, 0)
  const joined = new Uint8Array(new SharedArrayBuffer(bytes))
  let at = 0
  for (const line of lines) {
    joined.set(line.bytes.subarray(line.start, line.end), at)
    at += line.end - line.start
    joined[at++] = newline
  }
  return { bytes: joined, offsets: Float64Array.from(lines, ({ offset }) => offset), refused }
}

/** @throws VainoError where the message holds nothing that can be read */
function textsOf({ value, headers }: LogRecord): readonly Uint8Array[] {
  if (value === null) throw new VainoError('bad_input', 'a message without a value')
  if (!isMsgpack(headers)) return [value]
  try {
    return msgpackToJson(value).map((text) => Buffer.from(text))
  } catch (error) {
    if (!(error instanceof VainoError)) throw error
    throw new VainoError('bad_input', `no MessagePack that can be used: ${error.message}`, { cause: error })
  }
}

/** The media type, without its parameters and in any case; the last one where it stands twice. */
function isMsgpack(headers: LogRecord['headers']): boolean {
  const value = headers.findLast(([name]) => name.toLowerCase() === 'content-type')?.[1]
  if (!value) return false
  return msgpackTypes.has((decoder.decode(value).split(';', 1)[0] ?? '').trim().toLowerCase())
}

function addLines(lines: Line[], bytes: Uint8Array, offset: number): void {
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(newline, start)
    const end = found < 0 ? bytes.length : found
    if (end > start) lines.push({ bytes, start, end, offset })
    start = end + 1
  }
}
