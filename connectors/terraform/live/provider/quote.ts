// What people may read of an error of a provider. Providers put whole answers into their diagnostics, secrets included, so none is shown or kept as it is.

const maxDetailLength = 120

/** From here on a text shows an object: of JSON, of Go. */
const objectStart = /[{[][\s"'{[]|&\{|map\[|\{[A-Za-z]+:/
/** What looks like no word: keys, tokens, encoded bytes. Identifiers of clouds are shorter or have separators. */
const longToken = /[A-Za-z0-9+/=_-]{24,}/g
const minSecretLength = 4

/**
 * The first line of an error, up to where it shows an object, without known secrets and without anything that looks like a token.
 * @param secrets texts that are masked wherever they stand
 */
export function detailOf(text: string, secrets: readonly string[], redactText: (text: string) => string): string {
  let masked = text
  for (const secret of secrets) if (secret.length >= minSecretLength) masked = masked.replaceAll(secret, '…')
  return shown(masked, redactText)
}

function shown(text: string, redactText: (text: string) => string): string {
  const line = text.trimStart().split(/[\r\n]/, 1)[0] ?? ''
  const beforeObject = line.slice(0, objectStart.exec(line)?.index ?? line.length)
  const masked = redactText(beforeObject).replace(longToken, '…')
  return masked.length <= maxDetailLength ? masked.trimEnd() : `${masked.slice(0, maxDetailLength - 1)}…`
}

const maxQuoteLength = 2048

/**
 * A provider's own words about an instance. They may quote secrets, of any instance of the state, so they are kept clear until these are known, and
 * in memory alone.
 */
export class Quote {
  readonly clear: string
  readonly #isCut: boolean

  constructor(text: string) {
    this.clear = text.slice(0, maxQuoteLength)
    this.#isCut = text.length > maxQuoteLength
  }

  /**
   * What people may read of it; nothing of a line without an end, in which a secret may be cut.
   * @param mask takes the secrets of the state out
   */
  shown(mask: (text: string) => string, redactText: (text: string) => string): string {
    return this.#isCut && !/[\r\n]/.test(this.clear.trimStart()) ? '' : shown(mask(this.clear), redactText)
  }
}
