import { messageOf, VainoError } from '../../model/errors.ts'
import type { ScanError } from '../../model/record.ts'

/**
 * Why a state could not be read, beginning with its name.
 * @param retryAfterSeconds when another scan makes sense, where that is known
 */
export function errorOf(
  name: string,
  error: unknown,
  redactText: (text: string) => string,
  retryAfterSeconds?: number,
): VainoError {
  if (!(error instanceof VainoError)) {
    return new VainoError('source_failed', `${name} could not be read: ${redactText(messageOf(error))}`, {
      cause: error,
    })
  }
  return new VainoError(error.code, `${name} ${error.message}`, {
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
}

/** A state that is not found may be in a folder that could not be looked into. */
export const hidden = (unreadable: readonly string[]): VainoError =>
  new VainoError('source_failed', `is not found: ${unreadable.join('; ')}`, {
    hint: 'Let the user that runs vaino read the folder.',
  })

export const prefixed = (name: string, error: ScanError): ScanError =>
  typeof error === 'string' ? `${name}: ${error}` : { ...error, message: `${name}: ${error.message}` }
