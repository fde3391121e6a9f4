import { messageOf } from '../../../model/errors.ts'

/** What a node does with a partition. */
export type PartitionWork = 'owning' | 'following'

/** What fails, by partition: while this node is to own it, and while it follows its owner. */
export class PartitionFailures {
  readonly #messages = { owning: new Map<number, string>(), following: new Map<number, string>() }
  readonly #tell: (partition: number, error: unknown, isNews: boolean) => void

  /** @param tell is told of each failure; it is no news where the same was told before, and nothing worked since */
  constructor(tell: (partition: number, error: unknown, isNews: boolean) => void) {
    this.#tell = tell
  }

  failed(work: PartitionWork, partition: number, error: unknown): void {
    const message = messageOf(error)
    const isNews = this.#messages[work].get(partition) !== message
    this.#messages[work].set(partition, message)
    this.#tell(partition, error, isNews)
  }

  works(work: PartitionWork, partition: number): void {
    this.#messages[work].delete(partition)
  }

  /** Only these partitions are this node's: what fails with others is another's business. */
  owns(partitions: readonly number[]): void {
    for (const partition of this.#messages.owning.keys())
      if (!partitions.includes(partition)) this.works('owning', partition)
  }

  /** What is wrong with a partition, if it is; with the following of it only where it is behind. */
  problem(partition: number, isBehind: boolean): string | undefined {
    const { owning, following } = this.#messages
    return owning.get(partition) ?? (isBehind ? following.get(partition) : undefined)
  }
}
