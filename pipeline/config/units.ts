import { z } from 'zod'

const millisecondsOf = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
// Powers of 1024 under both spellings: VAINO's own document writes 524288000 and calls it 500MB.
const bytesOf: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }

const durationPattern = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/
const sizePattern = /^\d+(?:\.\d+)?\s*[KMGT]?(?:i?B)?$/i

/** @returns milliseconds, or `null` where the text is no duration like `30s`, `1h30m` or `500ms` */
export function parseDuration(text: string): number | null {
  if (!durationPattern.test(text)) return null
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * millisecondsOf[unit as keyof typeof millisecondsOf]
  }
  return total
}

/** @returns bytes, or `null` where the text is no size like `524288000`, `500MB` or `1.5GiB`; K, M, G and T are powers of 1024 */
export function parseSize(text: string): number | null {
  if (!sizePattern.test(text)) return null
  const prefix = /[KMGT]/i.exec(text)?.[0].toUpperCase() ?? ''
  return Math.round(Number.parseFloat(text) * (bytesOf[prefix] ?? 1))
}

/** The longest unit that needs no fraction: 90000 is `90s`, 300000 is `5m`. */
export function formatDuration(milliseconds: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = millisecondsOf[unit]
    if (milliseconds >= size && milliseconds % size === 0) return `${milliseconds / size}${unit}`
  }
  return `${milliseconds}ms`
}

/** For people: `500 MiB`, `1.5 GiB`, `812 B`. */
export function formatSize(bytes: number): string {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let at = 0
  while (value >= 1024 && at < names.length - 1) {
    value /= 1024
    at++
  }
  return `${value < 10 && at > 0 ? Number(value.toFixed(1)) : Math.round(value)} ${names[at]}`
}

const durationExpected = 'expected a duration such as 500ms, 30s, 5m, 1h30m or 7d'

/** A duration in a configuration file; milliseconds once parsed. */
export const duration = z
  .string({ error: durationExpected })
  .regex(durationPattern, durationExpected)
  .transform((text) => parseDuration(text) ?? 0)

const sizeExpected = 'expected a number of bytes, or a size such as 64KB, 500MB or 2GB (powers of 1024)'

/** A size in a configuration file, a number of bytes or text; bytes once parsed. */
export const size = z
  .union([z.int().nonnegative(), z.string().regex(sizePattern, sizeExpected)], { error: sizeExpected })
  .transform((given) => (typeof given === 'number' ? given : (parseSize(given) ?? 0)))
