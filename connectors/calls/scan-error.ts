import { messageOf, VainoError } from '../../model/errors.ts'
import type { ScanError } from '../../model/record.ts'
import { CallFailure } from './call-failure.ts'

/** What a connector adds to the failures of its calls. */
export interface Saying {
  /** What the operator does next. */
  hintOf(failure: CallFailure): string | undefined
  redactText(text: string): string
}

/** What a failed call has to say of the scope that it was for, in one sentence. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof CallFailure)) return messageOf(error)
  return error.kind === 'denied'
    ? `${error.action} is denied: ${error.message}`
    : `${error.action} failed: ${error.message}`
}

/** A part of a scan that could not be read. @param where `account 111122223333 in eu-west-1` */
export function scanErrorOf(error: unknown, where: string, { hintOf, redactText }: Saying): ScanError {
  const hint = error instanceof CallFailure ? hintOf(error) : error instanceof VainoError ? error.hint : undefined
  const code = error instanceof CallFailure ? error.code : ''
  return {
    message: redactText(`${where}: ${sentenceOf(error)}`),
    ...(hint === undefined ? {} : { hint }),
    ...(code === '' ? {} : { code }),
  }
}

/** What ends a scan. */
export function scanFailureOf(error: unknown, where: string, { hintOf, redactText }: Saying): VainoError {
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
