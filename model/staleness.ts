/** Intervals without a complete scan after which a scope is stale: one scan may fail without an alarm. */
export const intervalsUntilStale = 3
/** However short its interval, no scope is stale before: a restart takes seconds. */
export const leastStaleMs = 10_000

/** The attribute of a scan that says how often its scope is read: milliseconds from the end of one scan to the end of the next, as planned. */
export const everyMsAttribute = 'every_ms'

/** How often a scope is read, by what its last complete scan said; null where it said nothing of use. */
export function everyMsOf(attributes: Readonly<Record<string, unknown>>): number | null {
  const { [everyMsAttribute]: said } = attributes
  return typeof said === 'number' && said > 0 ? said : null
}

/**
 * How long after its last complete scan a scope is stale, milliseconds. What is stored with the scope decides, so that each node says the
 * same, whatever it is configured to read.
 * @param everyMs how often it is read; null: not known
 * @param otherwiseMs for a scope of which that isn't known
 */
export const staleAfter = (everyMs: number | null, otherwiseMs: number): number =>
  everyMs === null ? otherwiseMs : Math.max(leastStaleMs, intervalsUntilStale * everyMs)
