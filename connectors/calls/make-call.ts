import { setTimeout as wait } from 'node:timers/promises'
import { VainoError } from '../../model/errors.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Budget } from '../connector.ts'
import type { Idle } from '../source.ts'
import { CallFailure } from './call-failure.ts'
import { Deadline } from './deadline.ts'
import { orAborted } from './or-aborted.ts'
import type { Permits } from './permits.ts'

/** A call that is refused for its rate is made this often in all: of calls of which every third is refused, one in 60,000 is refused so often. */
const maxThrottles = 10
/** A call that fails in passing is made this often in all. */
const maxAttempts = 3
/** Pauses have full jitter up to this, doubled by each failure … */
const firstPauseMs = 200
/** … up to this. Where the system asks for a longer one, the scan ends and comes again. */
const longestPauseMs = 20_000
const longestRetryAfterMs = 2000

export interface Call {
  /** By the name of its permission. */
  readonly action: string
  readonly budget: Budget
  readonly permits: Permits
  /** The scan's whose call it is; absent: it is none's. */
  readonly idle?: Idle | undefined
  /** No answer within this time is a failed call. */
  readonly deadlineMs: number
  send(signal: AbortSignal): Promise<JsonObject>
  /** What an error of `send` means. */
  failureOf(action: string, error: unknown): CallFailure
  /** The credentials were refused. @returns whether there are others now */
  renew(): Promise<boolean>
}

/**
 * Makes one call within the budget, the permits and its deadline, again where that may help.
 * @throws CallFailure, VainoError where there are no credentials, and the signal's reason
 */
export async function makeCall(call: Call, signal: AbortSignal): Promise<JsonObject> {
  let throttles = 0
  let failures = 0
  let isRenewed = false
  while (true) {
    const failure = await attempt(call, signal)
    if (!('kind' in failure)) return failure.answer
    switch (failure.kind) {
      case 'throttled': {
        throttles++
        if (throttles >= maxThrottles || (failure.retryAfterMs ?? 0) > longestRetryAfterMs) throw failure
        const pauseMs = Math.max(failure.retryAfterMs ?? 0, pauseAfter(throttles))
        call.budget.throttled(failure.retryAfterMs ?? firstPauseMs)
        await wait(pauseMs, undefined, { signal })
        break
      }
      case 'passing':
        failures++
        if (failures >= maxAttempts) throw failure
        await wait(pauseAfter(failures), undefined, { signal })
        break
      case 'credentials':
        if (isRenewed || !(await orAborted(call.renew(), signal))) throw failure
        isRenewed = true
        break
      default:
        throw failure
    }
  }
}

const pauseAfter = (failures: number): number => Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** failures)

const atOnce: Idle = (wait) => wait()

async function attempt(
  { action, budget, permits, idle = atOnce, deadlineMs, send, failureOf }: Call,
  signal: AbortSignal,
): Promise<CallFailure | { readonly answer: JsonObject }> {
  await idle(() => budget.take(signal))
  using _permit = await permits.take(signal)
  using deadline = new Deadline(signal, deadlineMs)
  try {
    return { answer: await orAborted(send(deadline.signal), deadline.signal) }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof VainoError) throw error
    if (error instanceof CallFailure) return error
    return failureOf(action, deadline.isLate ? deadline.signal.reason : error)
  }
}
