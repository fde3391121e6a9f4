import { VainoError } from '../../../../model/errors.ts'
import type { UnknownReason } from './provider.ts'

/** Why a provider as a whole can't be asked: all of its instances are unknown for this reason. */
export class ProviderError extends VainoError {
  readonly reason: UnknownReason

  constructor(
    reason: UnknownReason,
    message: string,
    options: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super('source_failed', message, options)
    this.reason = reason
  }
}
