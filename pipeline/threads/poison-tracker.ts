import type { RecordPosition } from './progress.ts'

/** How input at which workers died is processed next: record by record. */
export interface IsolationPlan {
  /** Records at which workers died: each becomes a dead letter. */
  readonly setAside: readonly RecordPosition[]
  /** Null while the record is looked for. Else the search is given up: all input before this offset becomes one dead letter. */
  readonly givenUpUntil: number | null
  /** The process has died of the input: no other worker works meanwhile, or the next death would have several possible causes. */
  readonly isAlone: boolean
}

/** The end of a worker, or of its process, while it processed input from `from` to `until`; the record, if records were processed one by one. */
export interface Death {
  readonly of: 'worker' | 'process'
  readonly record: RecordPosition | null
  readonly from: number
  readonly until: number
}

/** After this many deaths in a span of input its records are processed one by one, which finds the cause. */
const deathsBeforeIsolation = 2
/** After this many deaths the input is given up. */
const maxDeaths = 20
/**
 * Deaths at one record, of those during isolation, that make it poison. A worker dies only of what it does. A process is killed
 * by others too: where that happens soon after each start, it hits the first record twice by chance, because the first record
 * takes longest.
 */
const deathsAtRecord = { worker: 1, process: 3 }

/**
 * Remembers the deaths of workers, or of the process, at one span of input, and says how to process that input next: as usual
 * after one death, in isolation after two, and without the records that are poison, which become dead letters. Its partition
 * goes on. Holds at most {@link maxDeaths} deaths plus those of one process restart each.
 */
export class PoisonTracker {
  readonly #forgotten: () => void
  #deaths: Death[] = []
  /** The cause of the deaths is between these offsets. */
  #from = 0
  #until = 0

  /** @param forgotten called when the deaths are forgotten */
  constructor(forgotten: () => void = () => {}) {
    this.#forgotten = forgotten
  }

  /** How to process input from an offset on; null: as usual. */
  isolationAt(offset: number): IsolationPlan | null {
    if (offset >= this.#until || this.#deaths.length < deathsBeforeIsolation) return null
    return {
      setAside: this.#setAside(),
      givenUpUntil: this.#deaths.length < maxDeaths ? null : this.#until,
      isAlone: this.#deaths.some(({ of }) => of === 'process'),
    }
  }

  blame(death: Death): void {
    // The first death bounds the cause: input that was fetched with it later is not given up for it.
    if (this.#deaths.length === 0) {
      this.#from = death.from
      this.#until = death.until
    }
    this.#deaths.push(death)
  }

  /** Reading begins at an offset. Outside the span, another node has dealt with the input, or the topic is another one. */
  begin(offset: number): void {
    if (offset < this.#from || offset >= this.#until) this.forget()
  }

  /** All input before an offset is committed. */
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

  #setAside(): RecordPosition[] {
    const at = this.#deaths.flatMap(({ record, of }) => (record === null ? [] : [{ record, of }]))
    const byRecord = Map.groupBy(at, ({ record }) => `${record.offset}/${record.line}`)
    return [...byRecord.values()].flatMap((deaths) => {
      const [first] = deaths
      const isEnough = (of: Death['of']) => deaths.filter((one) => one.of === of).length >= deathsAtRecord[of]
      return first !== undefined && (isEnough('worker') || isEnough('process')) ? [first.record] : []
    })
  }
}
