import { brokerCode } from './failure.ts'
import { pause } from './pause.ts'

/**
 * The topic isn't known here, nobody leads the partition, or somebody else does: of brokers that have not heard of it yet; and
 * 14 to 16: the group's coordinator is elected, or loads.
 */
const unsettledCodes = new Set([3, 5, 6, 9, 14, 15, 16, 72, 74, 75, 78, 100, 103])

const withinMs = 20_000
const retryMs = 50

/**
 * Asks again while brokers answer that they don't know yet who leads a partition or coordinates a group: it was just made, or
 * somebody has just died. Within a bound; and brokers that don't answer at all are the caller's business.
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
