import { messageOf, VainoError } from '../../../model/errors.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'

/** What a node does with a partition. */
export type PartitionWork = 'owning' | 'following'

/** The last failure of each partition, kept apart for owning it and for following its owner. */
export class PartitionFailures {
  readonly #messages = { owning: new Map<number, string>(), following: new Map<number, string>() }
  readonly #report: (partition: number, error: unknown, isNews: boolean) => void

  /** @param report called for each failure; `isNews` is false when it repeats the last one and the work did not succeed in between */
  constructor(report: (partition: number, error: unknown, isNews: boolean) => void) {
    this.#report = report
  }

  failed(work: PartitionWork, partition: number, error: unknown): void {
    const message = messageOf(error)
    const isNews = this.#messages[work].get(partition) !== message
    this.#messages[work].set(partition, message)
    this.#report(partition, error, isNews)
  }

  /** The work succeeds: its failure is forgotten. */
  works(work: PartitionWork, partition: number): void {
    this.#messages[work].delete(partition)
  }

  /** Sets which partitions this node owns; failures to own any other are forgotten. */
  owns(partitions: readonly number[]): void {
    for (const partition of this.#messages.owning.keys())
      if (!partitions.includes(partition)) this.works('owning', partition)
  }

  /** What is wrong with a partition, if anything is; a failure to follow its owner counts only while the partition is behind. */
  problem(partition: number, isBehind: boolean): string | undefined {
    const { owning, following } = this.#messages
    return owning.get(partition) ?? (isBehind ? following.get(partition) : undefined)
  }

  /** What keeps the partitions from being up to date, one line each. */
  problems(partitions: readonly { readonly isBehind: boolean }[]): string[] {
    return partitions.flatMap(({ isBehind }, partition) => {
      const problem = this.problem(partition, isBehind)
      if (problem !== undefined) return [`partition ${partition}: ${problem}`]
      return isBehind ? [`partition ${partition} is not caught up yet`] : []
    })
  }
}

/** Failures that are logged and counted. */
export const reportedFailures = (telemetry: Telemetry): PartitionFailures =>
  new PartitionFailures((partition, error, isNews) => {
    const isFenced = error instanceof VainoError && error.code === 'fenced'
    const event = isNews ? 'partition_failed' : 'partition_still_failing'
    telemetry.emit(isFenced ? 'producer_fenced' : event, { partition, error })
  })
