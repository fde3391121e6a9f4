/** One record of the input: its task or message (`offset`), and its line there; null for the message as a whole. */
export interface RecordPosition {
  readonly offset: number
  readonly line: number | null
}

/** A record's line as a number for files and shared memory, where 0 means that no record is known. */
export const stepOf = (line: number | null): number => (line === null ? 1 : line + 1)
export const lineOf = (step: number): number | null => (step === 1 ? null : step - 1)

/** What a worker was doing when it ended. */
export interface WorkerDeath {
  readonly partition: number
  /** Number of the task, or offset of the message. */
  readonly offset: number
  /** The record, if records were processed one by one. */
  readonly record: RecordPosition | null
}

/**
 * What a worker is doing, in shared memory, which the main thread reads after the worker has died. A message would be lost
 * with the worker, and a worker sends none during a transaction.
 */
export class Progress {
  readonly buffer: SharedArrayBuffer
  /** The partition plus one (0: no task), the task's number or message's offset, the record's step (0: not known), beats. */
  readonly #at: Float64Array

  constructor(buffer = new SharedArrayBuffer(4 * Float64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer
    this.#at = new Float64Array(buffer)
  }

  /** @param offset the task's number or the message's offset */
  beginTask(partition: number, offset: number): void {
    this.#at.set([partition + 1, offset, 0])
  }
  beginRecord(line: number | null): void {
    this.#at[2] = stepOf(line)
  }
  endRecord(): void {
    this.#at[2] = 0
  }
  endTask(): void {
    this.#at[0] = 0
  }
  /** The worker is alive: it is idle, or its transaction has got further. */
  beat(): void {
    this.#at[3] = this.beats + 1
  }
  get beats(): number {
    return this.#at[3] ?? 0
  }

  /** The task that has begun and not ended; null where there is none. */
  read(): WorkerDeath | null {
    const [partition = 0, offset = 0, step = 0] = this.#at
    if (partition === 0) return null
    return { partition: partition - 1, offset, record: step === 0 ? null : { offset, line: lineOf(step) } }
  }
}
