import { VainoError } from '../../model/errors.ts'

/**
 * The moment that a flag names, in any of the forms in which people write one.
 * @param flag `--since`, for the message
 * @returns milliseconds since 1970
 * @throws VainoError `bad_request`
 */
export async function pastTime(flag: string, text: string): Promise<number> {
  // Loaded late: its schema of a time costs a third of a start.
  const { parseTimePoint, timeForms } = await import('../../pipeline/time-point.ts')
  const timeMs = parseTimePoint(text, Date.now())
  if (timeMs !== null) return timeMs
  throw new VainoError('bad_request', `${flag}: "${text}" is no time`, { hint: `Expected one of ${timeForms}.` })
}
