const minute = 60
const hour = 60 * minute
const day = 24 * hour

/**
 * How long ago, for people.
 *
 * @param {string | null} time RFC 3339
 * @param {number} nowMs
 */
export function ago(time, nowMs) {
  if (time === null) return 'never'
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(time)) / 1000))
  if (seconds < 5) return 'just now'
  if (seconds < minute) return `${seconds} s ago`
  if (seconds < hour) return `${Math.floor(seconds / minute)} min ago`
  if (seconds < day) return `${Math.floor(seconds / hour)} h ago`
  return `${Math.floor(seconds / day)} d ago`
}

/** Values longer than this are cut where they are shown; the whole is in the document. */
const maxShown = 400

/**
 * One value as JSON on one line, cut when it is long.
 *
 * @param {unknown} value
 */
export function shown(value) {
  const text = JSON.stringify(value) ?? 'null'
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text
}

/** @param {number} count */
export const grouped = (count) => count.toLocaleString('en-US').replaceAll(',', '\u202f')
