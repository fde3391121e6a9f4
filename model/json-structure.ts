/**
 * What a document may have of what takes time: members (names with a value), objects and lists. One costs about 10 µs to parse,
 * redact and hash, and 500 bytes meanwhile, so a document at this bound takes two seconds and 100 MB; elements of lists
 * that are plain values cost a hundredth. The largest real documents have 10,000.
 */
export const maxStructure = 200_000
/** The same, with what stands in texts: JSON in a text is looked into, and other text has a colon every twenty characters at most. */
const maxWithTexts = 500_000
/** Each takes two bytes at least (`[]`), so shorter JSON needn't be looked at. */
const minCounted = 2 * maxStructure

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const bracket = 0x5b
const brace = 0x7b

export const tooMuchStructure = `more than ${maxStructure} members, objects and lists (or ${maxWithTexts} with those in texts)`

/** Whether JSON has more members, objects and lists than a document may have. Reads the bytes once and parses nothing: 20 MB take 40 ms. */
export function hasTooMuchStructure(json: Uint8Array): boolean {
  if (json.length < minCounted) return false
  let outside = 0
  let all = 0
  let isText = false
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]
    if (byte === quote) isText = !isText
    // An escaped quote ends no text.
    else if (byte === backslash) at++
    else if (byte === colon || byte === brace || byte === bracket) {
      if (++all > maxWithTexts) return true
      if (!isText && ++outside > maxStructure) return true
    }
  }
  return false
}
