import { messageOf, VainoError } from '../../model/errors.ts'
import { maskText } from '../config/mask.ts'

export type FindingStatus = 'ok' | 'warning' | 'failed'

/** What one check has found: a line. */
export interface Finding {
  readonly check: string
  readonly status: FindingStatus
  readonly message: string
  /** What to do; null where nothing has to be done. */
  readonly hint: string | null
}

const finding = (check: string, status: FindingStatus, message: string, hint: string | null): Finding => ({
  check: maskText(check),
  status,
  message: maskText(message),
  hint: hint === null ? null : maskText(hint),
})

export const ok = (check: string, message: string): Finding => finding(check, 'ok', message, null)
export const warning = (check: string, message: string, hint: string | null = null): Finding =>
  finding(check, 'warning', message, hint)
export const failed = (check: string, message: string, hint: string | null = null): Finding =>
  finding(check, 'failed', message, hint)

/** What was thrown while something was checked, as its finding. */
export const thrown = (check: string, error: unknown): Finding =>
  failed(check, messageOf(error), error instanceof VainoError ? (error.hint ?? null) : null)

/** Something that is looked at on its own: what it throws is a finding, and the others go on. */
export interface Check {
  readonly name: string
  run(signal: AbortSignal): Promise<readonly Finding[]>
}

/**
 * Does all checks at once and tells what they find in their order, as it comes.
 * @param withinMs a check that takes longer has failed; what it was doing is told to stop and not waited for
 */
export async function* findings(checks: readonly Check[], withinMs: number): AsyncGenerator<Finding> {
  for (const found of checks.map((check) => within(check, withinMs))) yield* await found
}

async function within({ name, run }: Check, ms: number): Promise<readonly Finding[]> {
  const stop = new AbortController()
  const late = Promise.withResolvers<readonly Finding[]>()
  const timer = setTimeout(() => {
    const hint = 'What it asks may be overloaded, or a firewall may drop what is sent.'
    late.resolve([failed(name, `no answer within ${ms / 1000} s`, hint)])
  }, ms)
  const running = run(stop.signal).catch((error: unknown) => [thrown(name, error)])
  try {
    return await Promise.race([running, late.promise])
  } finally {
    clearTimeout(timer)
    stop.abort()
  }
}
