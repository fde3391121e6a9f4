import type { Position } from '../model/cursor.ts'
import { VainoError } from '../model/errors.ts'
import { parseTimePoint, timeForms } from '../pipeline/time-point.ts'
import type { StateReader } from '../storage/state-reader.ts'

/** How many changes back a follower can begin at most with `now-N`, in each partition. */
export const maxStepsBack = 1000

/** What `at`, `from` or `to` means. */
export interface Point {
  readonly position: Position
  /** The settled time, RFC 3339, that a time is answered as of; null where a cursor or nothing was given. */
  readonly asOf: string | null
  /** Whether a later time was asked for than could be answered. */
  readonly isEarlier: boolean
}

/** Where nothing is given: the newest state. */
export const headPoint = (reader: StateReader): Point => ({ position: reader.head(), asOf: null, isEarlier: false })

/**
 * The point that `at`, `from` or `to` means.
 * @param text a cursor, or a time as {@link parseTimePoint} takes it
 * @throws VainoError `bad_request` for neither, `cursor_expired` when it is older than what is kept
 */
export function readPoint(reader: Pick<StateReader, 'asOf' | 'decode'>, text: string, parameter: string): Point {
  const timeMs = text === 'now' ? Number.POSITIVE_INFINITY : parseTimePoint(text, Date.now())
  if (timeMs !== null) {
    const { position, asOfMs } = reader.asOf(timeMs)
    return { position, asOf: new Date(asOfMs).toISOString(), isEarlier: asOfMs < timeMs }
  }
  try {
    return { position: reader.decode(text), asOf: null, isEarlier: false }
  } catch (cause) {
    // What is no cursor at all may have been meant as a time; one of another log, or one that is too old, was meant as a cursor.
    if (!(cause instanceof VainoError) || cause.code !== 'bad_cursor') throw cause
    throw new VainoError('bad_request', `${parameter}: "${text.slice(0, 80)}" is neither a time nor a cursor`, {
      hint: `A time is one of ${timeForms} (encode a "+" as %2B). A cursor is taken unchanged from a snapshot or from a change.`,
      cause,
    })
  }
}

/** As {@link readPoint}; what is older than the log is answered by the oldest position that is kept, which the answer names. */
export function readKeptPoint(
  reader: StateReader,
  text: string,
  parameter: string,
): { readonly position: Position; readonly keptSince: string | null } {
  try {
    return { position: readPoint(reader, text, parameter).position, keptSince: null }
  } catch (error) {
    if (!(error instanceof VainoError) || error.code !== 'cursor_expired') throw error
    return { position: reader.floor(), keptSince: keptSince(reader) }
  }
}

/** The time before which the log is not kept; null where it is kept from its begin. */
export function keptSince(reader: StateReader): string | null {
  return reader.floor().every((offset) => offset === 0) ? null : new Date(reader.floorAtMs()).toISOString()
}

/** Names the settled time of an answer. */
export const asOfHeader = ({ asOf }: Pick<Point, 'asOf'>): Record<string, string> =>
  asOf === null ? {} : { 'vaino-as-of': asOf }

/** {@link asOfHeader} in a route's definition. */
export const asOfHeaderDefinition = {
  'Vaino-As-Of': {
    description: 'Where a time was given: the settled time that this answer is as of. It never changes for that time.',
    schema: { type: 'string' as const, format: 'date-time' },
  },
}

/** The position as of a time, or the oldest that is kept. */
export function oldestSince(reader: StateReader, timeMs: number): Position {
  try {
    return reader.asOf(timeMs).position
  } catch (error) {
    if (error instanceof VainoError && error.code === 'cursor_expired') return reader.floor()
    throw error
  }
}

/**
 * Where to follow changes from.
 * @param text `-1`, `now`, `now-N` or a cursor
 */
export function readOffset(reader: Pick<StateReader, 'floor' | 'head' | 'decode'>, text: string): Position {
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
