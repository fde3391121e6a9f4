/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
export function distance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1)
      row.push(best)
    }
    before = above
    above = row
  }
  return above[b.length] ?? 0
}

/**
 * The candidate that was probably meant: at most two fifths of the letters wrong, case aside; or one that the text is a
 * part of. `null` when nothing is near.
 */
export function nearest(text: string, candidates: Iterable<string>): string | null {
  const wanted = text.toLowerCase().slice(0, 200)
  let best: string | null = null
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const found = distance(wanted, candidate.toLowerCase().slice(0, 200))
    if (found < bestDistance) {
      best = candidate
      bestDistance = found
    }
  }
  if (best !== null && bestDistance <= Math.max(1, Math.floor(Math.max(wanted.length, best.length) * 0.4))) return best
  if (wanted.length < 3) return null
  for (const candidate of candidates) if (candidate.toLowerCase().includes(wanted)) return candidate
  return null
}
