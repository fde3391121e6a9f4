import { timestamp } from '../model/record.ts'
import { parseDuration } from './config/units.ts'

/** What a time can look like, for messages and documents. */
export const timeForms =
  '2026-11-23T12:00:00Z, 2026-11-23 (its beginning in UTC), 90s, 2h or 7d (so long ago), yesterday, now, or seconds or milliseconds since 1970'

const dayMs = 86_400_000
/** Seconds have 9 or 10 digits from 1973 to 2286, milliseconds 12 or 13. */
const epoch = /^\d{9,10}$|^\d{12,13}$/
const date = /^\d{4}-\d{2}-\d{2}$/

/**
 * A point in time as people write it, wherever the API or the CLI takes one; {@link timeForms} lists the forms.
 * @param nowMs milliseconds since 1970, which durations and `now` count from
 * @returns milliseconds since 1970; null where the text is no time
 * @example
 * parseTimePoint('2h', nowMs) // nowMs - 7_200_000
 */
export function parseTimePoint(text: string, nowMs: number): number | null {
  if (text === 'now') return nowMs
  if (text === 'yesterday') return Math.floor(nowMs / dayMs) * dayMs - dayMs
  if (epoch.test(text)) return Number(text) * (text.length <= 10 ? 1000 : 1)
  if (date.test(text)) return isoTime(`${text}T00:00:00Z`)
  const agoMs = parseDuration(text)
  return agoMs === null ? isoTime(text) : nowMs - agoMs
}

const isoTime = (text: string): number | null => (timestamp.safeParse(text).success ? Date.parse(text) : null)
