import { readFile, stat } from 'node:fs/promises'
import { posix } from 'node:path'
import type { ScanError } from '../../../model/record.ts'
import { ScanFailure } from '../../scan-failure.ts'

/** A lock that is older was left behind by a run that was killed. */
const graceMs = 15 * 60 * 1000
/** How soon a state under a lock is looked at again. */
const lookAgainSeconds = 5

/** While Terraform is at work, the real things and the state are two moments of one change, and a difference says nothing. */
export const applyInProgress = (message: string, retryAfterSeconds: number): ScanFailure =>
  new ScanFailure('apply_in_progress', message, {
    hint: 'The real things are read again when it has ended.',
    retryAfterSeconds,
  })

/**
 * Looks for the lock that Terraform's local backend puts beside a state file.
 * @returns a warning about a lock that is too old to be meant; `null` where there is none
 * @throws ScanFailure `apply_in_progress` while the state is locked
 */
export async function refuseWhileLocked(statePath: string, nowMs: number): Promise<ScanError | null> {
  const path = posix.join(posix.dirname(statePath), `.${posix.basename(statePath)}.lock.info`)
  const stats = await stat(path).catch(() => null)
  if (stats === null) return null
  const who = await readFile(path, 'utf8').then(ownerIn, () => '')
  if (nowMs - stats.mtimeMs < graceMs) throw applyInProgress(`an apply is in progress${who}`, lookAgainSeconds)
  return {
    message: `${path} is older than 15 minutes and is taken for left behind${who}`,
    hint: 'If no Terraform runs there: `terraform force-unlock ID`.',
    code: 'stale_lock',
  }
}

/** Who holds a lock, as its file says: ` (OperationTypeApply by anna@laptop)`. */
function ownerIn(text: string): string {
  try {
    const { Operation, Who } = JSON.parse(text) as { Operation?: unknown; Who?: unknown }
    return typeof Who === 'string'
      ? ` (${typeof Operation === 'string' ? `${Operation} ` : ''}by ${Who})`.slice(0, 120)
      : ''
  } catch {
    // It is being written: that it is there is enough.
    return ''
  }
}
