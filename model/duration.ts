import { z } from 'zod'

const millisecondsOf = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

const durationPattern = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/

/** @returns milliseconds, or `null` where the text is no duration like `30s`, `1h30m` or `500ms` */
export function parseDuration(text: string): number | null {
  if (!durationPattern.test(text)) return null
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * millisecondsOf[unit as keyof typeof millisecondsOf]
  }
  return total
}

/** The longest unit that needs no fraction: 90000 is `90s`, 300000 is `5m`. */
export function formatDuration(milliseconds: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = millisecondsOf[unit]
    if (milliseconds >= size && milliseconds % size === 0) return `${milliseconds / size}${unit}`
  }
  return `${milliseconds}ms`
}

const durationExpected = 'expected a duration such as 500ms, 30s, 5m, 1h30m or 7d'

/** A duration in a configuration file; milliseconds once parsed. */
export const duration = z
  .string({ error: durationExpected })
  .regex(durationPattern, durationExpected)
  .transform((text) => parseDuration(text) ?? 0)
