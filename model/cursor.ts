import { VainoError } from './errors.ts'

declare const brand: unique symbol

/** Opaque text that holds, for each partition, the offset of the last change that its holder has seen. */
export type Cursor = string & { readonly [brand]: 'Cursor' }

/** What a cursor holds: `offsets[p]` is the last change seen of partition `p`, 0 for none. */
export type Position = readonly number[]

const format = 1
const logIdBytes = 8

/** What a cursor looks like as text. */
export const cursorPattern = /^[A-Za-z0-9_-]{12,400}$/

/**
 * The log's identity travels in the cursor, so a cursor of another data directory is refused instead of read as a
 * position in this one.
 * @param logId 16 hex digits: which log the offsets count in
 */
export function encodeCursor(logId: string, position: Position): Cursor {
  const bytes: number[] = [format, ...Buffer.from(logId, 'hex')]
  for (const offset of position) {
    let rest = offset
    while (rest >= 0x80) {
      bytes.push((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    bytes.push(rest)
  }
  return Buffer.from(bytes).toString('base64url') as Cursor
}

/**
 * @throws VainoError `bad_cursor` when the text is no cursor or counts other partitions, `foreign_cursor` when it comes
 * from another log
 */
export function decodeCursor(text: string, logId: string, partitions: number): Position {
  const malformed = new VainoError('bad_cursor', `"${text.slice(0, 80)}" is not a cursor`, {
    hint: 'Take a cursor as it stands from a snapshot or from a change; offset=-1 begins at the oldest change that is kept.',
  })
  if (!cursorPattern.test(text)) throw malformed
  const bytes = Buffer.from(text, 'base64url')
  if (bytes[0] !== format || bytes.length < 1 + logIdBytes + partitions) throw malformed
  if (bytes.subarray(1, 1 + logIdBytes).toString('hex') !== logId) {
    throw new VainoError('foreign_cursor', 'This cursor was made by another data directory', {
      hint: 'Take a new snapshot here and follow from its cursor.',
    })
  }
  const offsets: number[] = []
  let at = 1 + logIdBytes
  while (at < bytes.length) {
    let value = 0
    let factor = 1
    let byte: number
    do {
      byte = bytes[at++] ?? -1
      if (byte < 0 || factor > 2 ** 49) throw malformed
      value += (byte & 0x7f) * factor
      factor *= 0x80
    } while (byte >= 0x80)
    offsets.push(value)
  }
  if (offsets.length !== partitions || !offsets.every(Number.isSafeInteger)) throw malformed
  return offsets
}

/** `a` has seen everything that `b` has. */
export const isAtLeast = (a: Position, b: Position): boolean => a.every((offset, p) => offset >= (b[p] ?? 0))
