import type { Page } from '../terminal/output.ts'

/** A difference that nobody who gives a time means: the answer takes as long. */
const notedMs = 1000

/**
 * Says on stderr that a time was answered as of an earlier one, because changes of that time may still be committed.
 * @param asked as it was given; a cursor, or nothing, is answered as it is
 * @param asOf the settled time that the answer names
 */
export async function noteAsOf(asked: string | undefined, asOf: string | null, page: Page): Promise<void> {
  if (asked === undefined || asOf === null) return
  const { parseTimePoint } = await import('../../pipeline/time-point.ts')
  const askedMs = parseTimePoint(asked, Date.now())
  if (askedMs === null || askedMs - Date.parse(asOf) < notedMs) return
  page.note(`as of ${asOf}: changes after it may still be committed`)
}
