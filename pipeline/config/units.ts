import { z } from 'zod'

export { duration, formatDuration, parseDuration } from '../../model/duration.ts'

// Powers of 1024 under both spellings: VAINO's own document writes 524288000 and calls it 500MB.
const bytesOf: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }

const sizePattern = /^\d+(?:\.\d+)?\s*[KMGT]?(?:i?B)?$/i

/** @returns bytes, or `null` where the text is no size like `524288000`, `500MB` or `1.5GiB`; K, M, G and T are powers of 1024 */
export function parseSize(text: string): number | null {
  if (!sizePattern.test(text)) return null
  const prefix = /[KMGT]/i.exec(text)?.[0].toUpperCase() ?? ''
  return Math.round(Number.parseFloat(text) * (bytesOf[prefix] ?? 1))
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

const sizeExpected = 'expected a number of bytes, or a size such as 64KB, 500MB or 2GB (powers of 1024)'

/** A size in a configuration file, a number of bytes or text; bytes once parsed. */
export const size = z
  .union([z.int().nonnegative(), z.string().regex(sizePattern, sizeExpected)], { error: sizeExpected })
  .transform((given) => (typeof given === 'number' ? given : (parseSize(given) ?? 0)))

/** A whole number in a configuration file. */
export const count = (least: number, most: number) => {
  const expected = `expected a whole number from ${least} to ${most}`
  return z.int(expected).min(least, expected).max(most, expected)
}
