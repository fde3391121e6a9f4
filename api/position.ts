import type { Position } from '../model/cursor.ts'
import { VainoError } from '../model/errors.ts'
import { timestamp } from '../model/record.ts'
import type { StateReader } from '../storage/state-reader.ts'

/** How many changes back a follower can begin at most with `now-N`, in each partition. */
export const maxStepsBack = 1000

const isTime = (text: string): boolean => timestamp.safeParse(text).success

/**
 * The position that `at`, `from` or `to` means.
 * @param text a cursor, or an RFC 3339 time
 * @throws VainoError `bad_request` for neither, `cursor_expired` when it is older than what is kept
 */
export function readPosition(reader: StateReader, text: string, parameter: string): Position {
  if (isTime(text)) return reader.positionAt(Date.parse(text))
  try {
    return reader.decode(text)
  } catch (cause) {
    // What is no cursor at all may have been meant as a time; one of another log, or one that is too old, was meant as a cursor.
    if (!(cause instanceof VainoError) || cause.code !== 'bad_cursor') throw cause
    throw new VainoError('bad_request', `${parameter}: "${text.slice(0, 80)}" is neither a time nor a cursor`, {
      hint: 'A time is RFC 3339 with an offset: 2026-11-23T12:00:00Z (encode a "+" as %2B). A cursor is taken as it stands from a snapshot or from a change.',
      cause,
    })
  }
}

/**
 * Where to follow changes from.
 * @param text `-1`, `now`, `now-N` or a cursor
 */
export function readOffset(reader: StateReader, text: string): Position {
  if (text === '-1') return reader.floor()
  const back = /^now(?:-(\d{1,4}))?$/.exec(text)
  if (!back) return reader.decode(text)
  const steps = Number(back[1] ?? 0)
  if (steps > maxStepsBack)
    throw new VainoError('bad_request', `offset: "${text}" goes back more than ${maxStepsBack} changes`, {
      hint: 'offset=-1 begins at the oldest change that is kept.',
    })
  const floor = reader.floor()
  return reader.head().map((offset, partition) => Math.max(floor[partition] ?? 0, offset - steps))
}
