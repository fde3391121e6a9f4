/**
 * What a worker is at, in memory that outlives it: whoever finds it dead reads which task, and which record, it died of.
 * A message would be lost with the worker, and none is read while a transaction goes on.
 */
export class Progress {
  readonly buffer: SharedArrayBuffer
  /** The partition plus one (0: at no task), the task's sequence number, the record's number in it (0: not known), beats. */
  readonly #at: Float64Array

  constructor(buffer = new SharedArrayBuffer(4 * Float64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer
    this.#at = new Float64Array(buffer)
  }

  beginTask(partition: number, seq: number): void {
    this.#at.set([partition + 1, seq, 0])
  }
  beginRecord(number: number): void {
    this.#at[2] = number
  }
  /** Work goes on. */
  beat(): void {
    this.#at[3] = this.beats + 1
  }
  get beats(): number {
    return this.#at[3] ?? 0
  }
  end(): void {
    this.#at[0] = 0
  }

  read(): { readonly partition: number; readonly seq: number; readonly record: number } | null {
    const [partition = 0, seq = 0, record = 0] = this.#at
    return partition === 0 ? null : { partition: partition - 1, seq, record }
  }
}
