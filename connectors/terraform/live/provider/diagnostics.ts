import type { Diagnostic } from './protocol.ts'
import type { UnknownReason } from './provider.ts'

// What people may read of an error of a provider. Providers put whole answers into their diagnostics, secrets included, so none is shown or kept as it is.

const maxDetailLength = 120

/** By the words of clouds and of Go's libraries, the most certain first. */
const classes: readonly (readonly [UnknownReason, RegExp])[] = [
  [
    'throttled',
    /throttl|too ?many ?requests|rate ?(?:limit|exceeded)|limit ?exceeded|slow ?down|quota exceeded|\b429\b|provisionedthroughput/i,
  ],
  [
    'denied',
    /access ?denied|unauthori[sz]ed|forbidden|not authori[sz]ed|permission ?denied|authfailure|expired ?token|token (?:has (?:been )?)?expired|invalid_grant|authorization ?failed|invalidclienttokenid|signaturedoesnotmatch|unrecognizedclient|no valid credential|insufficient (?:permission|privilege|scope)|authentication failed|\b40[13]\b/i,
  ],
  ['timed_out', /deadline exceeded|context cancell?ed|timed? ?out|i\/o timeout/i],
]

/** A provider's own words as a class: `denied`, `throttled`, `timed_out`, else `error`. */
export const classOfText = (text: string): UnknownReason =>
  classes.find(([, words]) => words.test(text))?.[0] ?? 'error'

/** A provider says so, beside a null, of a deleted thing whose state has no identity: the null is what counts. */
const missingIdentity = 'Missing Resource Identity After Read'

export const errorsOf = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  diagnostics.filter(({ severity }) => severity === 'error')

export const isMissingIdentity = ({ summary }: Diagnostic): boolean => summary === missingIdentity

export const textOfDiagnostic = ({ summary, detail }: Diagnostic): string =>
  detail === '' || detail === summary ? summary : `${summary}: ${detail}`

/** From here on a text shows an object: of JSON, of Go. */
const objectStart = /[{[][\s"'{[]|&\{|map\[|\{[A-Za-z]+:/
/** What looks like no word: keys, tokens, encoded bytes. Identifiers of clouds are shorter or have separators. */
const longToken = /[A-Za-z0-9+/=_-]{24,}/g
const minSecretLength = 4

/**
 * The first line of an error, up to where it shows an object, without known secrets and without anything that looks like a token.
 * @param secrets values that the instance's schema calls sensitive
 */
export function detailOf(text: string, secrets: readonly string[], redactText: (text: string) => string): string {
  const line = text.trimStart().split(/[\r\n]/, 1)[0] ?? ''
  let shown = line.slice(0, objectStart.exec(line)?.index ?? line.length)
  for (const secret of secrets) if (secret.length >= minSecretLength) shown = shown.replaceAll(secret, '…')
  const masked = redactText(shown).replace(longToken, '…')
  return masked.length <= maxDetailLength ? masked.trimEnd() : `${masked.slice(0, maxDetailLength - 1)}…`
}
