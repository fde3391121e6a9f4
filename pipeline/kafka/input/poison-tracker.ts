/** One record of the input: the message's offset, and which of its lines; `null` for the message as such. */
export interface PoisonRecord {
  readonly offset: number
  readonly line: number | null
}

/** A record's place in its message as a worker's progress has it, where 0 is: nobody knows. */
export const stepOf = (line: number | null): number => (line === null ? 1 : line + 1)
export const lineOf = (step: number): number | null => (step === 1 ? null : step - 1)

/** How input is taken of which workers have died: record by record. */
export interface IsolationPlan {
  /** At these they did: each becomes a dead letter. */
  readonly setAside: readonly PoisonRecord[]
  /** So many have died that nobody looks for the cause any more: what is before this offset becomes one dead letter. */
  readonly givenUpUntil: number | null
  /** The process has died of it: nothing else may be at work meanwhile, or nobody would know of what it dies next. */
  readonly isAlone: boolean
}

/** What died of some input, and how much of it was at hand; the record, where one was taken at a time. */
export interface Death {
  readonly of: 'worker' | 'process'
  readonly record: PoisonRecord | null
  readonly from: number
  readonly until: number
}

/** When so many have died of some input, it is taken record by record, to find out which one it is. */
const deathsBeforeIsolation = 2
/** When so many have, it is given up. */
const maxDeaths = 20
/**
 * A worker dies of what it does; a process is killed by others too, and where that comes as soon as it works, twice at the first
 * record by chance, since what is done for the first time takes longest.
 */
const deathsAtRecord = { worker: 1, process: 3 }

/**
 * What this node knows of input at which its workers died, or its process: a record of which they die again and again ends as
 * a dead letter, and its partition goes on.
 */
export class PoisonTracker {
  readonly #forgotten: () => void
  #deaths: Death[] = []
  /** What they died of is in the input between these offsets. */
  #from = 0
  #until = 0

  /** @param forgotten is told when the deaths say nothing any more */
  constructor(forgotten: () => void = () => {}) {
    this.#forgotten = forgotten
  }

  /** How input from an offset on is to be taken; null: all at once. */
  isolationAt(offset: number): IsolationPlan | null {
    if (offset >= this.#until || this.#deaths.length < deathsBeforeIsolation) return null
    return {
      setAside: this.#setAside(),
      givenUpUntil: this.#deaths.length < maxDeaths ? null : this.#until,
      isAlone: this.#deaths.some(({ of }) => of === 'process'),
    }
  }

  blame(death: Death): void {
    // What was fetched with it since the first time is nothing to give up for it.
    if (this.#deaths.length === 0) {
      this.#from = death.from
      this.#until = death.until
    }
    this.#deaths.push(death)
  }

  /** Input is taken from an offset on. What is known of other input, or of that of a topic before this one, is of no use. */
  begin(offset: number): void {
    if (offset < this.#from || offset >= this.#until) this.forget()
  }

  /** All input before an offset is dealt with. */
  passed(offset: number): void {
    if (offset >= this.#until) this.forget()
  }

  forget(): void {
    if (this.#deaths.length === 0) return
    this.#deaths = []
    this.#from = 0
    this.#until = 0
    this.#forgotten()
  }

  #setAside(): PoisonRecord[] {
    const at = this.#deaths.flatMap(({ record, of }) => (record === null ? [] : [{ record, of }]))
    const byRecord = Map.groupBy(at, ({ record }) => `${record.offset}/${record.line}`)
    return [...byRecord.values()].flatMap((deaths) => {
      const [first] = deaths
      const isEnough = (of: Death['of']) => deaths.filter((one) => one.of === of).length >= deathsAtRecord[of]
      return first !== undefined && (isEnough('worker') || isEnough('process')) ? [first.record] : []
    })
  }
}
