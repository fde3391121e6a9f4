import type { ScanError } from '../../model/record.ts'

/** What a scan's error or warning says. */
export const saidOf = (error: ScanError): string => (typeof error === 'string' ? error : error.message)

/** What to do about it, where the collector knows. */
export const hintOf = (error: ScanError): string | null =>
  typeof error === 'string' || typeof error.hint !== 'string' ? null : error.hint
