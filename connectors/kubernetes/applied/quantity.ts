/** Decimal and binary suffixes of a quantity, as exact fractions: `apimachinery/pkg/api/resource`. */
const units = new Map<string, readonly [numerator: bigint, denominator: bigint]>([
  ...['n', 'u', 'm'].map((unit, at) => [unit, [1n, 1000n ** BigInt(3 - at)]] as const),
  ...['', 'k', 'M', 'G', 'T', 'P', 'E'].map((unit, at) => [unit, [1000n ** BigInt(at), 1n]] as const),
  ...['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((unit, at) => [unit, [1024n ** BigInt(at + 1), 1n]] as const),
])

const form = /^([+-]?)(\d{1,40})?(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2})|([KMGTPE]i|[numkMGTPE]))?$/

/** A quantity as a fraction; null for a text that is none. */
function fractionOf(text: string): readonly [numerator: bigint, denominator: bigint] | null {
  const [found, sign, whole = '', part = '', exponent, suffix = ''] = form.exec(text) ?? []
  if (found === undefined || whole + part === '') return null
  const [up, down] = units.get(suffix) ?? [1n, 1n]
  const power = Number(exponent ?? 0)
  const digits = BigInt(whole + part) * (sign === '-' ? -1n : 1n)
  const scale = 10n ** BigInt(part.length)
  const raised = 10n ** BigInt(Math.abs(power))
  return [digits * up * (power > 0 ? raised : 1n), scale * down * (power < 0 ? raised : 1n)]
}

/** Whether two texts are one quantity: `1000m` and `1`, `1Gi` and `1024Mi`. */
export function isSameQuantity(one: string, other: string): boolean {
  const [a, b] = [fractionOf(one), fractionOf(other)]
  return a !== null && b !== null && a[0] * b[1] === b[0] * a[1]
}
