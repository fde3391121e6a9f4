import { VainoError } from '../../../model/errors.ts'
import type { Bounds } from './live-cluster.ts'

/** A reading began where the log holds nothing any more, or nothing yet. */
export const isTruncated = (error: unknown): error is VainoError =>
  error instanceof VainoError && error.code === 'log_truncated'

/** @param bounds what the log holds */
export const truncated = (topic: string, partition: number, offset: number, bounds: Bounds): VainoError =>
  new VainoError(
    'log_truncated',
    `${topic}/${partition} holds offsets ${bounds.earliest} to ${bounds.latest}, not ${offset}`,
    {
      details: { topic, partition, offset, ...bounds },
      hint: "The topic's retention is shorter than its reader was away, or the topic was made anew.",
    },
  )
