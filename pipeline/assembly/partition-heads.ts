/** The last committed change of each partition, as the workers report it: asking the files takes longer than a small ingest. */
export class PartitionHeads {
  /** By partition. */
  readonly offsets: number[]
  readonly #listeners = new Set<(partition: number, offset: number) => void>()

  constructor(partitions: number) {
    this.offsets = new Array<number>(partitions).fill(0)
  }

  /** Sets all heads to what the files say, without a call of the listeners. */
  load(offsets: readonly number[]): void {
    this.offsets.splice(0, this.offsets.length, ...offsets)
  }

  /** Notes a partition's head and calls the listeners if it is a new one. */
  advance(partition: number, offset: number): void {
    if (this.offsets[partition] === offset) return
    this.offsets[partition] = offset
    for (const listener of this.#listeners) listener(partition, offset)
  }

  /** Calls back after every commit of new changes; listeners run in the order in which they were added. Returns how to stop. */
  onAdvance(listener: (partition: number, offset: number) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
