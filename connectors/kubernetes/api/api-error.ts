import { type ErrorOptionsOf, VainoError } from '../../../model/errors.ts'

/** An answer of the API server that is a refusal. */
export class ApiError extends VainoError {
  /** Of HTTP, or of an `ERROR` event in a watch. */
  readonly answered: number

  constructor(answered: number, message: string, options: ErrorOptionsOf = {}) {
    super('source_failed', message, options)
    this.answered = answered
  }
}

/** An answer that is longer than what is read: fewer objects a page may fit. */
export class AnswerTooLong extends VainoError {
  constructor(message: string) {
    super('source_failed', message, { hint: 'A list this long is read in smaller pages; it is tried again.' })
  }
}

/** A watch in which nothing came for too long. It has lost nothing; whether the server lives is another request's to find out. */
export class SilentWatch extends VainoError {
  constructor(message: string) {
    super('source_failed', message, { hint: 'A scan asks whether the server lives; the watch is opened where it was.' })
  }
}

/** Whether a resourceVersion, or a list's continuation, is older than what the server keeps. */
export const isExpired = (error: unknown): boolean => error instanceof ApiError && error.answered === 410

/** What can be done about an answer with this status. */
export function hintOf(status: number): string {
  switch (status) {
    case 401:
      return 'The credentials are refused: sign in again by the tool that wrote the kubeconfig.'
    case 403:
      return 'Let its user list and watch this kind (docs/kubernetes.md has the roles), or leave the kind out by kinds.exclude.'
    case 404:
      return 'The kind is not served, or the address leads past the API server.'
    case 410:
      return 'The list is read anew.'
    default:
      return 'It is tried again.'
  }
}

/** What to do about a connection that was not made, by its code. */
export function hintOfCode(code: string): string {
  if (/^(ENOTFOUND|EAI_AGAIN)$/.test(code)) return 'The name of the server is not known here: look at the kubeconfig.'
  if (/CERT|SELF_SIGNED|ISSUER|SIGNATURE|ALTNAME/.test(code))
    return 'The server’s certificate is not trusted: look at certificate-authority and tls-server-name of the cluster.'
  return 'It is tried again.'
}
