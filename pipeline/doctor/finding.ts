import { messageOf, VainoError } from '../../model/errors.ts'
import { maskText } from '../config/mask.ts'

export type FindingStatus = 'ok' | 'warning' | 'failed'

/** The result of one check, one line. */
export interface Finding {
  readonly check: string
  readonly status: FindingStatus
  readonly message: string
  /** What to do; null: nothing. */
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

/** An error thrown by a check, as a finding. */
export const thrown = (check: string, error: unknown): Finding =>
  failed(check, messageOf(error), error instanceof VainoError ? (error.hint ?? null) : null)

/** One check. What it throws becomes a finding, and the other checks go on. */
export interface Check {
  readonly name: string
  /** Longest time that it may take, milliseconds, where that is another than all others'. */
  readonly withinMs?: number
  run(signal: AbortSignal): Promise<readonly Finding[]>
}

/**
 * Runs all checks at once and yields their findings in the checks' order, each as soon as possible.
 * @param withinMs a check that takes longer, and says no other time itself, has failed; its signal is aborted, and its end is not waited for
 */
export async function* findings(checks: readonly Check[], withinMs: number): AsyncGenerator<Finding> {
  for (const found of checks.map((check) => within(check, check.withinMs ?? withinMs))) yield* await found
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
