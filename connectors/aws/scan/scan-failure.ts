import { messageOf, VainoError } from '../../../model/errors.ts'
import type { ScanError } from '../../../model/record.ts'
import { CallFailure } from '../calls/failure.ts'

const hints = {
  throttled: 'AWS refuses more calls for now. A longer interval, or fewer types or regions, makes fewer.',
  credentials: 'Renew the credentials: `aws sso login` for SSO. They are read anew with the next scan.',
  not_enabled: 'Enable it in the account, or leave it out with `regions` or `types`.',
  passing: 'It is tried again.',
  other: undefined,
} as const

const hintOf = ({ kind, action }: CallFailure): string | undefined =>
  kind === 'denied' ? `Allow ${action} in the policy of the role or user that vaino has.` : hints[kind]

/** What a failed call has to say of the scope that it was for, in one sentence. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof CallFailure)) return messageOf(error)
  return error.kind === 'denied'
    ? `${error.action} is denied: ${error.message}`
    : `${error.action} failed: ${error.message}`
}

/** @param where `111122223333 in eu-west-1` */
export function scanErrorOf(error: unknown, where: string, redactText: (text: string) => string): ScanError {
  const hint = error instanceof CallFailure ? hintOf(error) : error instanceof VainoError ? error.hint : undefined
  const code = error instanceof CallFailure ? error.code : ''
  return {
    message: redactText(`${where}: ${sentenceOf(error)}`),
    ...(hint === undefined ? {} : { hint }),
    ...(code === '' ? {} : { code }),
  }
}

/** What ends a scan. */
export function scanFailureOf(error: unknown, where: string, redactText: (text: string) => string): VainoError {
  if (error instanceof VainoError) {
    const { hint, retryAfterSeconds } = error
    return new VainoError(error.code, redactText(`${where}: ${error.message}`), {
      cause: error,
      ...(hint === undefined ? {} : { hint }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    })
  }
  const hint = error instanceof CallFailure ? hintOf(error) : undefined
  const retryAfterMs = error instanceof CallFailure ? error.retryAfterMs : null
  return new VainoError('source_failed', redactText(`${where}: ${sentenceOf(error)}`), {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterMs === null ? {} : { retryAfterSeconds: retryAfterMs / 1000 }),
  })
}
