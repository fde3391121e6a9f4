const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** A length of time, for people: `40 s`, `3 min`, `5 h`, `2 d`. */
function lengthText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < minute) return `${seconds} s`
  if (seconds < hour) return `${Math.floor(seconds / minute)} min`
  if (seconds < 2 * day) return `${Math.floor(seconds / hour)} h`
  return `${Math.floor(seconds / day)} d`
}

/** How long ago, for people. */
export function agoText(time: string, atMs: number): string {
  const ms = atMs - Date.parse(time)
  return ms < 5000 ? 'just now' : `${lengthText(ms)} ago`
}
