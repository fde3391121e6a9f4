import { VainoError } from '../../../model/errors.ts'
import type { Bounds } from './live-cluster.ts'

/** The read began at an offset that the log does not hold any more, or not yet. */
export const isTruncated = (error: unknown): error is VainoError =>
  error instanceof VainoError && error.code === 'log_truncated'

/** @param bounds the offsets that the log holds */
export const truncated = (topic: string, partition: number, offset: number, bounds: Bounds): VainoError =>
  new VainoError(
    'log_truncated',
    `${topic}/${partition} holds offsets ${bounds.earliest} to ${bounds.latest}, not ${offset}`,
    {
      details: { topic, partition, offset, ...bounds },
      hint: "The reader was away for longer than the topic's retention, or the topic was deleted and created again.",
    },
  )
