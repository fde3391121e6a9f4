/** One record of the input: the message's offset, and which of its lines; `null` for the message as such. */
export interface SuspectRecord {
  readonly offset: number
  readonly line: number | null
}

/** A record's place in its message as a worker's progress has it, where 0 is: nobody knows. */
export const stepOf = (line: number | null): number => (line === null ? 1 : line + 1)
export const lineOf = (step: number): number | null => (step === 1 ? null : step - 1)

/** How input is taken of which workers have died: record by record. */
export interface Care {
  /** At these they did: each becomes a dead letter. */
  readonly setAside: readonly SuspectRecord[]
  /** So many have died that nobody looks for the cause any more: what is before this offset becomes one dead letter. */
  readonly givenUpUntil: number | null
}

/** When so many workers have died of some input, it is taken record by record, to find out which one it is. */
const suspiciousDeaths = 2
/** When so many have, it is given up. */
const maxDeaths = 20

/**
 * What this node knows of input at which its workers died: it outlives them, so that a record of which they die again and
 * again ends as a dead letter, and its partition goes on.
 */
export class Suspicion {
  #deaths = 0
  /** The input before this offset is what they died of. */
  #until = 0
  readonly #setAside: SuspectRecord[] = []

  /** How input from an offset on is to be taken; null: all at once. */
  careAt(offset: number): Care | null {
    if (offset >= this.#until || this.#deaths < suspiciousDeaths) return null
    return { setAside: this.#setAside, givenUpUntil: this.#deaths < maxDeaths ? null : this.#until }
  }

  /** A worker died of input before an offset, that of the first time counts; null: nobody knows at which record. */
  blame(record: SuspectRecord | null, until: number): void {
    // What was fetched with it since then is nothing to give up for it.
    if (this.#deaths++ === 0) this.#until = until
    if (record !== null) this.#setAside.push(record)
  }

  /** All input before an offset is dealt with. */
  passed(offset: number): void {
    if (offset < this.#until || this.#deaths === 0) return
    this.#deaths = 0
    this.#until = 0
    this.#setAside.length = 0
  }
}
