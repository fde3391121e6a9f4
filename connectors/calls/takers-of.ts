/** The types of the rows that are read from a listing, or from what it lists for each of them. */
export const takersOf = <L, R extends { readonly type: string }>(
  listing: L,
  rows: readonly R[],
  listingsOf: (row: R) => readonly L[],
): readonly string[] => rows.filter((row) => listingsOf(row).includes(listing)).map(({ type }) => type)
