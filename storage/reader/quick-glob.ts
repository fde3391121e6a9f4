/** From the rare to the common in names, ids and tags. A character that is not listed is rare. */
const byFrequency = 'zqjxvkfwybghumpdlcronstiea0123456789._:/= -\n'

/** Where a pattern can begin: SQLite skips to one of these by its bytes. */
const canBegin = /[^*?[\0\u0080-\uffff]/

/**
 * A GLOB pattern that every text passes in which another one stands; and few others do. It holds the other's end from its rarest character on, because
 * SQLite looks for a pattern's first character with the processor's wide instructions, and for each byte of an `instr` by hand: of a million labels
 * the former takes 13 to 30 ms more than reading them, the latter 65.
 */
export function quickGlob(text: string): string {
  let [start, rarest] = [-1, Number.POSITIVE_INFINITY]
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    const frequency = byFrequency.indexOf(character)
    if (frequency >= rarest || !canBegin.test(character)) continue
    start = at
    rarest = frequency
  }
  return start < 0 ? '*' : `*${text.slice(start).replace(/[*?[]/g, '[$&]')}*`
}
