/** A partition that this process writes alone: nothing but its open transaction is missing. */
const owned = 9_007_199_254_740_991n
const noTransaction = 0n
const answeredCell = 0
const cellsPerPartition = 3

/** Offsets of a partition's cells. */
const openStamp = 1
const settledThrough = 2
const lastCommitted = 3

/**
 * Which times have one answer. A change is stamped before its transaction commits, so an answer as of a recent time would change
 * with the commit. Readers and writers of all partitions share a few cells of memory:
 *
 * - A writer publishes the stamp of its open transaction. A reader answers as of a time before each of these stamps.
 * - A reader publishes the time that it answers. A writer stamps later than that.
 *
 * Each writes its own cell before it reads the other's, and these accesses have one order for all threads. So at least one of the two
 * sees the other: a commit never lands at or before a time that was answered.
 *
 * Another node's partition is settled through what this node has applied of it, see {@link followed}.
 *
 * Units are Unix milliseconds.
 */
export class SettledTimes {
  readonly buffer: SharedArrayBuffer
  readonly #cells: BigInt64Array
  readonly #partitions: number

  private constructor(buffer: SharedArrayBuffer, partitions: number) {
    this.buffer = buffer
    this.#partitions = partitions
    this.#cells = new BigInt64Array(buffer)
  }

  static create(partitions: number): SettledTimes {
    const cells = 1 + partitions * cellsPerPartition
    return new SettledTimes(new SharedArrayBuffer(cells * BigInt64Array.BYTES_PER_ELEMENT), partitions)
  }

  /** The same cells in another thread. */
  static over(buffer: SharedArrayBuffer): SettledTimes {
    return new SettledTimes(buffer, (buffer.byteLength / BigInt64Array.BYTES_PER_ELEMENT - 1) / cellsPerPartition)
  }

  /**
   * The time to answer as of, for a time that is asked for; the position is to be read after this. No later change will be stamped with it
   * or before it.
   * @param nowMs a time in the future is not settled
   */
  settle(timeMs: number, nowMs: number): number {
    const cells = this.#cells
    let newest = BigInt(Math.floor(nowMs))
    // A writer may stamp a little ahead of the clock. What is committed is part of now.
    for (let p = 0; p < this.#partitions; p++) newest = later(newest, Atomics.load(cells, at(p, lastCommitted)))
    const asked = BigInt(Math.floor(Math.min(timeMs, Number(newest))))
    raise(cells, answeredCell, asked)
    let settled = asked
    for (let p = 0; p < this.#partitions; p++) {
      settled = earlier(settled, Atomics.load(cells, at(p, settledThrough)))
      const open = Atomics.load(cells, at(p, openStamp))
      if (open !== noTransaction) settled = earlier(settled, open - 1n)
    }
    return Number(settled)
  }

  /** A transaction begins. @returns its stamp: `atLeastMs`, or later than what was answered */
  begin(partition: number, atLeastMs: number): number {
    for (let stamp = BigInt(Math.ceil(atLeastMs)); ; ) {
      Atomics.store(this.#cells, at(partition, openStamp), stamp)
      const answered = Atomics.load(this.#cells, answeredCell)
      if (stamp > answered) return Number(stamp)
      stamp = answered + 1n
    }
  }

  committed(partition: number, stampMs: number): void {
    raise(this.#cells, at(partition, lastCommitted), BigInt(stampMs))
    this.rolledBack(partition, stampMs)
  }

  /** Not to be called for a commit that failed: whether it reached the disk, the next opening of the file shows. */
  rolledBack(partition: number, stampMs: number): void {
    Atomics.compareExchange(this.#cells, at(partition, openStamp), BigInt(stampMs), noTransaction)
  }

  /**
   * The partition's file was opened, and this process alone writes it. A transaction of a former thread is committed, or it never will be.
   * @param lastMs the last change's stamp in the file
   */
  owned(partition: number, lastMs: number): void {
    raise(this.#cells, at(partition, lastCommitted), BigInt(lastMs))
    Atomics.store(this.#cells, at(partition, settledThrough), owned)
    Atomics.store(this.#cells, at(partition, openStamp), noTransaction)
  }

  /**
   * Another node owns the partition, and the file was opened to follow it. Stamps in a partition never go back, so nothing more comes
   * before the last change that was applied.
   */
  followed(partition: number, throughMs: number): void {
    const cell = at(partition, settledThrough)
    const through = BigInt(throughMs)
    if (Atomics.compareExchange(this.#cells, cell, owned, through) !== owned) raise(this.#cells, cell, through)
    Atomics.store(this.#cells, at(partition, openStamp), noTransaction)
  }

  /** What is followed has come further; of a partition that is owned by now this says nothing. */
  advanced(partition: number, throughMs: number): void {
    raise(this.#cells, at(partition, settledThrough), BigInt(throughMs))
  }
}

const at = (partition: number, cell: number): number => partition * cellsPerPartition + cell
const later = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const earlier = (a: bigint, b: bigint): bigint => (a < b ? a : b)

function raise(cells: BigInt64Array, cell: number, to: bigint): void {
  for (let known = Atomics.load(cells, cell); known < to; ) {
    const seen = Atomics.compareExchange(cells, cell, known, to)
    if (seen === known) return
    known = seen
  }
}
