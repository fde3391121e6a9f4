/**
 * Pairs as many of two lists as can be paired: Kuhn's algorithm, which lets one that has a partner look for another.
 * @param fits whether a left and a right one may be paired; asked once a pair
 * @returns for each right one its left partner, or -1
 */
export function matchUp(left: number, right: number, fits: (left: number, right: number) => boolean): number[] {
  const fitting = Array.from({ length: left }, (_, at) =>
    Array.from({ length: right }, (_, other) => other).filter((other) => fits(at, other)),
  )
  const partners = new Array<number>(right).fill(-1)
  const settle = (at: number, tried: Set<number>): boolean => {
    for (const other of fitting[at] ?? []) {
      if (tried.has(other)) continue
      tried.add(other)
      const holder = partners[other] ?? -1
      if (holder >= 0 && !settle(holder, tried)) continue
      partners[other] = at
      return true
    }
    return false
  }
  for (let at = 0; at < left; at++) settle(at, new Set())
  return partners
}
