import { goneCode } from '../model/record.ts'
import { ScanFailure } from './scan-failure.ts'

/**
 * What a target stands for is gone: the system was looked at, its answer was whole, and the target is not in it. The scan is
 * incomplete and deletes nothing; the scope's status is `gone` instead of `failing`, and it is scanned again only when an event
 * or another `identity` of the target asks for it. Never thrown for what could not be
 * looked at: a denial, silence, a folder that can't be read, a mount that is missing.
 */
export class TargetGone extends ScanFailure {
  constructor(message: string, hint: string) {
    super(goneCode, message, { hint })
  }
}
