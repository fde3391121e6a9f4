import { type ErrorOptionsOf, VainoError } from '../model/errors.ts'

/** Why a scan as a whole is incomplete, with a `code` that stands on the scope beside the message. */
export class ScanFailure extends VainoError {
  readonly scanCode: string

  constructor(scanCode: string, message: string, options: ErrorOptionsOf = {}) {
    super('source_failed', message, options)
    this.scanCode = scanCode
  }
}
