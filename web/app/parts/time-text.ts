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

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `2h`, `7d`, `yesterday`, `2026-11-30`, `2026-11-30 04:00` as a moment. Null: it names none, or one to come. */
export function momentOf(text: string, nowMs: number): number | null {
  const back = /^(\d{1,6})\s?(s|m|h|d)(?:\s+ago)?$/i.exec(text)
  const ms =
    text.toLowerCase() === 'yesterday'
      ? nowMs - day * 1000
      : back !== null
        ? nowMs - Number(back[1]) * (unitMs[String(back[2]).toLowerCase()] ?? Number.NaN)
        : /^\d{4}-\d\d-\d\d/.test(text)
          ? new Date(text).getTime()
          : Number.NaN
  return Number.isNaN(ms) || ms > nowMs ? null : ms
}
