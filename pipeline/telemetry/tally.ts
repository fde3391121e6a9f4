/** Counts by a short name. A plain object, so that it crosses threads as it is. */
export type Tally = Record<string, number>

/** A tally holds at most this many names, so that it can label a metric; what comes after is counted as `other`. */
export const maxNames = 32

const isName = (text: string): boolean => /^[a-z][a-z0-9_]{0,39}$/.test(text)

/**
 * Adds to a name's count. Names are chosen by code (`not_json`, `too_large`), never by input: what isn't a short
 * lower-case word counts as `other`.
 */
export function tally(into: Tally, name: string, by = 1): void {
  const known = Object.hasOwn(into, name)
  const slot = known || (isName(name) && Object.keys(into).length < maxNames) ? name : 'other'
  into[slot] = (into[slot] ?? 0) + by
}
