import { brokerCode } from './failure.ts'
import { pause } from './pause.ts'

/**
 * The broker does not know the topic yet, the partition has no leader, or another broker leads it. 14 to 16: the group's
 * coordinator is being elected, or loads its state.
 */
const unsettledCodes = new Set([3, 5, 6, 9, 14, 15, 16, 72, 74, 75, 78, 100, 103])

const withinMs = 20_000
const retryMs = 50

/**
 * Retries for up to 20 s while brokers answer that a leader or a coordinator is not known yet: the topic is new, or a broker has
 * just died. A failure without an answer is thrown at once.
 */
export async function whenSettled<T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const deadline = performance.now() + withinMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const isUnsettled = unsettledCodes.has(brokerCode(error) ?? 0)
      if (!isUnsettled || signal?.aborted || performance.now() > deadline) throw error
    }
    await pause(retryMs, signal)
  }
}
