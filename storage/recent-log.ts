import type { AttributionRow, LogRow } from './change-row.ts'

/** Rows of one transaction beyond which it is not handed over: a first load is read from the file by the few who follow it. */
const maxRows = 1_000
/** Characters of documents and fields in one transaction, as {@link maxRows}. */
const maxLength = 512 * 1024
/** What all partitions keep together, in characters of documents and fields; their strings take one or two bytes each. */
const keptLength = 4 * 1024 * 1024
/** Rows are handed over for so long after somebody has asked for some. */
const wantedForSeconds = 5

const lengthOf = (row: LogRow): number =>
  row.op === 'a'
    ? row.actor.length + row.event.length + row.header.length
    : row.header.length + row.fields.length + (row.before?.length ?? 0) + (row.after?.length ?? 0)

const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** Whether anybody reads the end of a log, as threads that write it see it: a cell of shared memory with the second of the last question. */
export class LogDemand {
  readonly buffer: SharedArrayBuffer
  readonly #askedAt: Int32Array

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#askedAt = new Int32Array(buffer)
  }

  static create(): LogDemand {
    return new LogDemand(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  }

  /** The same cell in another thread. */
  static over(buffer: SharedArrayBuffer): LogDemand {
    return new LogDemand(buffer)
  }

  ask(): void {
    Atomics.store(this.#askedAt, 0, nowSeconds() | 0)
  }

  get isThere(): boolean {
    return Math.abs((nowSeconds() | 0) - Atomics.load(this.#askedAt, 0)) <= wantedForSeconds
  }
}

/** The rows of the transaction that is open, for those who follow the log. */
export class WrittenRows {
  readonly #demand: LogDemand
  #rows: LogRow[] = []
  #length = 0
  #isCollecting = false

  constructor(demand: LogDemand) {
    this.#demand = demand
  }

  begin(): void {
    this.#rows = []
    this.#length = 0
    this.#isCollecting = this.#demand.isThere
  }

  add(row: LogRow): void {
    if (!this.#isCollecting) return
    this.#rows.push(row)
    this.#length += lengthOf(row)
    if (this.#rows.length <= maxRows && this.#length <= maxLength) return
    this.begin()
    this.#isCollecting = false
  }

  /** All rows of the transaction, once it is committed; empty where nobody follows or they are too many. */
  take(): readonly LogRow[] {
    const rows = this.#rows
    this.#rows = []
    return rows
  }
}

/** The last rows of one partition, without a gap. */
class Tail {
  readonly #maxLength: number
  #rows: LogRow[] = []
  #length = 0

  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  get last(): number {
    return this.#rows.at(-1)?.offset ?? 0
  }

  clear(): void {
    this.#rows = []
    this.#length = 0
  }

  add(rows: readonly LogRow[]): void {
    for (const row of rows) {
      this.#rows.push(row)
      this.#length += lengthOf(row)
      if (row.op === 'a') this.#attribute(row)
    }
    let gone = 0
    while (this.#length > this.#maxLength && gone < this.#rows.length)
      this.#length -= lengthOf(this.#rows[gone++] as LogRow)
    this.#rows.splice(0, gone)
  }

  between(after: number, through: number, limit: number): readonly LogRow[] | null {
    const first = this.#rows[0]?.offset
    if (first === undefined || first > after + 1) return null
    const from = after + 1 - first
    const rows = this.#rows.slice(from, from + Math.min(limit, through - after))
    return rows.length === 0 ? null : rows
  }

  /** An attribution is written into the row of its change too. */
  #attribute({ of, actor, occurredAt }: AttributionRow): void {
    const index = of - (this.#rows[0]?.offset ?? 0)
    const row = this.#rows[index]
    if (row !== undefined && row.op !== 'a') this.#rows[index] = { ...row, actor, occurredAt }
  }
}

/**
 * The end of the change log as the threads that write it handed it over with their commits, so that who follows need not fetch the pages of each
 * small commit from the file. At most {@link keptLength} characters; the file remains the log, and answers for everything else.
 */
export class RecentLog {
  readonly demand = LogDemand.create()
  readonly #tails: readonly Tail[]

  constructor(partitions: number) {
    this.#tails = Array.from({ length: partitions }, () => new Tail(keptLength / partitions))
  }

  /**
   * A transaction was committed. Where its rows are not all here, those before are forgotten: it may have changed them, by an attribution.
   * @param head the partition's last offset
   * @param rows all rows of the transaction, or none
   */
  committed(partition: number, head: number, rows: readonly LogRow[]): void {
    const tail = this.#tails[partition]
    if (tail === undefined || (rows.length === 0 && tail.last === head)) return
    if (rows[0]?.offset !== tail.last + 1) tail.clear()
    tail.add(rows)
  }

  /** Rows in `(after, through]`, oldest first, at most `limit` of them; null where they are to be read from the file. */
  between(partition: number, after: number, through: number, limit: number): readonly LogRow[] | null {
    this.demand.ask()
    return this.#tails[partition]?.between(after, through, limit) ?? null
  }

  /** All rows in `(after, through]`, oldest first; null where not all of them are here. Doesn't ask for more: it is for who reads as well from the file. */
  whole(partition: number, after: number, through: number): readonly LogRow[] | null {
    const tail = this.#tails[partition]
    return tail === undefined || tail.last < through ? null : tail.between(after, through, through - after)
  }
}
