import type { VainoError } from '../../../model/errors.ts'
import type { ScanError } from '../../../model/record.ts'
import type { CallFailure } from '../../calls/call-failure.ts'
import * as calls from '../../calls/scan-error.ts'

const hints = {
  throttled: 'AWS refuses more calls for now. A longer interval, or fewer types or regions, makes fewer.',
  credentials: 'Renew the credentials: `aws sso login` for SSO. They are read anew with the next scan.',
  not_enabled: 'Enable it in the account, or leave it out with `regions` or `types`.',
  passing: 'It is tried again.',
  other: undefined,
} as const

const hintOf = ({ kind, action }: CallFailure): string | undefined =>
  kind === 'denied' ? `Allow ${action} in the policy of the role or user that vaino has.` : hints[kind]

/** @param where `111122223333 in eu-west-1` */
export const scanErrorOf = (error: unknown, where: string, redactText: (text: string) => string): ScanError =>
  calls.scanErrorOf(error, where, { hintOf, redactText })

/** What ends a scan. */
export const scanFailureOf = (error: unknown, where: string, redactText: (text: string) => string): VainoError =>
  calls.scanFailureOf(error, where, { hintOf, redactText })
