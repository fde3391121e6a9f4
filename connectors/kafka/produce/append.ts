import type { Cluster } from '../broker/cluster.ts'
import { passingCodes } from '../broker/error-codes.ts'
import { leaderOf } from '../broker/leader.ts'
import { brokerCode, kafkaFailure } from '../failure.ts'
import { pause } from '../pause.ts'
import { produceTo } from '../wire/produce-request.ts'

const produceTimeoutMs = 10_000
const retryMs = 20
const maxRetryMs = 500

export interface SealedBatch {
  readonly topic: string
  readonly partition: number
  readonly transactionalId: string | null
  readonly batch: Buffer
}

/**
 * Appends a sealed batch to its partition, with retries; resolves when all replicas in sync have it.
 * @param withinMs no attempt begins after this time
 * @returns the offset of the first record; null if a retry was acknowledged without one
 */
export async function append(
  cluster: Cluster,
  { topic, partition, transactionalId, batch }: SealedBatch,
  withinMs: number,
  signal?: AbortSignal,
): Promise<number | null> {
  const deadline = performance.now() + withinMs
  for (let waitMs = retryMs; ; waitMs = Math.min(waitMs * 2, maxRetryMs)) {
    try {
      await cluster.follow([topic])
      const leader = leaderOf(cluster, topic, partition)
      return await produceTo(cluster, leader, { transactionalId, topic, partition, batch, timeoutMs: produceTimeoutMs })
    } catch (error) {
      const code = brokerCode(error)
      // Without a code the connection failed, and the batch may be in the log. If it is, the broker drops the retry.
      const canRetry = code === null ? kafkaFailure(error, '').canRetry : passingCodes.has(code)
      if (!canRetry || signal?.aborted || performance.now() > deadline) throw error
    }
    await pause(waitMs, signal)
    // A failure here shows again at the next attempt.
    await cluster.refresh().catch(() => undefined)
  }
}
