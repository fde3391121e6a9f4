/** Positions that can be pinned at once. */
export const maxPins = 32

const free = -1n

/**
 * Positions after which history is kept, whatever its age. The process that saves them and the threads that own the partitions share a
 * cell of memory for each pin and partition, so a pin holds from the moment that it is set, and for a thread that starts later.
 */
export class HistoryPins {
  readonly buffer: SharedArrayBuffer
  readonly #cells: BigInt64Array

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#cells = new BigInt64Array(buffer)
  }

  static create(partitions: number): HistoryPins {
    const pins = new HistoryPins(new SharedArrayBuffer(partitions * maxPins * BigInt64Array.BYTES_PER_ELEMENT))
    pins.#cells.fill(free)
    return pins
  }

  /** The same cells in another thread. */
  static over(buffer: SharedArrayBuffer): HistoryPins {
    return new HistoryPins(buffer)
  }

  set(pin: number, position: readonly number[]): void {
    for (const [partition, offset] of position.entries())
      Atomics.store(this.#cells, partition * maxPins + pin, BigInt(offset))
  }

  clear(pin: number): void {
    for (let cell = pin; cell < this.#cells.length; cell += maxPins) Atomics.store(this.#cells, cell, free)
  }

  /** The offset after which everything must stay; infinite where nothing is pinned. A pin below the floor has lost its history, and pins no more. */
  lowest(partition: number, floor: number): number {
    let lowest = Number.POSITIVE_INFINITY
    for (let pin = 0; pin < maxPins; pin++) {
      const offset = Number(Atomics.load(this.#cells, partition * maxPins + pin))
      if (offset >= floor && offset < lowest) lowest = offset
    }
    return lowest
  }
}
