import type { Diagnostic } from './protocol.ts'
import type { UnknownReason } from './provider.ts'

// What an error of a provider is about. What of it people may read: quote.ts.

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
