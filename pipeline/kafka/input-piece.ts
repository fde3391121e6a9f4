import type { LogBatch, LogRecord } from '../../connectors/kafka/kafka.ts'
import type { InputPiece } from './protocol.ts'

const newline = 10

/**
 * What a fetch brought, as NDJSON with the offset of each line. A message may hold several lines, all with its offset; one
 * that holds nothing that can be read is refused here.
 */
export function inputPiece(batch: Pick<LogBatch, 'records' | 'unreadable'>): InputPiece {
  const refused: { offset: number; reason: 'not_json'; detail: string }[] = batch.unreadable.map((span) => ({
    offset: span.firstOffset,
    reason: 'not_json',
    detail: `offsets ${span.firstOffset} to ${span.lastOffset}: ${span.reason}`,
  }))
  const lines: { readonly record: LogRecord; readonly start: number; readonly end: number }[] = []
  let bytes = 0
  for (const record of batch.records) {
    const { value } = record
    if (value === null) {
      refused.push({ offset: record.offset, reason: 'not_json', detail: 'a message without a value' })
      continue
    }
    for (let start = 0; start < value.length; ) {
      const found = value.indexOf(newline, start)
      const end = found < 0 ? value.length : found
      if (end > start) lines.push({ record, start, end })
      bytes += end > start ? end - start + 1 : 0
      start = end + 1
    }
  }
  const joined = new Uint8Array(new SharedArrayBuffer(bytes))
  let at = 0
  for (const { record, start, end } of lines) {
    if (record.value !== null) joined.set(record.value.subarray(start, end), at)
    at += end - start
    joined[at++] = newline
  }
  return { bytes: joined, offsets: Float64Array.from(lines, ({ record }) => record.offset), refused }
}
