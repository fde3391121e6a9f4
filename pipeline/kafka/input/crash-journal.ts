import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { asStorageError } from '../../../storage/data-dir.ts'
import { lineOf, type RecordPosition, stepOf } from '../../threads/progress.ts'
import type { FollowedTopic } from '../messages/foreign-messages.ts'

// A file a partition says what its worker is at, in the input or in what it follows, and so what the process died of, if it
// died: nothing else outlives it. It holds slots of five numbers. The first one is the worker's, and empty while it is at
// neither. The others are deaths that were found there by the processes that came next. Nothing is synced: what a process has
// written outlives it, and a power cut is no message's doing.

const works = ['prepare', 'remember', 'changes', 'state'] as const
/** Input is processed, or learned from once more; what the owner has told is followed. */
type Work = (typeof works)[number]
export type InputWork = Exclude<Work, FollowedTopic>

/** What a process was at when it died; the record, where it took one at a time. */
export interface ProcessDeath<W extends Work = Work> {
  readonly work: W
  readonly from: number
  readonly until: number
  readonly record: RecordPosition | null
}

/** The work's number from 1 (0: none), the input's bounds, the record's offset, its place in its message (0: not known). */
const slotNumbers = 5
const slotBytes = slotNumbers * Float64Array.BYTES_PER_ELEMENT
/** More of them say nothing more. */
const maxDeaths = 50

export const crashJournalPath = (dataDir: string, partition: number): string =>
  path.join(dataDir, 'partitions', `${partition}.flight`)

const open = (file: string): number => openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600)

/** The worker's side: notes what it is at, with one small write each time. */
export class CrashJournal implements Disposable {
  readonly #path: string
  #file: number | null = null
  readonly #slot = new Float64Array(slotNumbers)
  readonly #bytes = new Uint8Array(this.#slot.buffer)

  constructor(file: string) {
    this.#path = file
  }

  /** @throws VainoError `storage_failed`, `storage_full` */
  begin(work: Work, from: number, until: number): void {
    this.#slot.set([works.indexOf(work) + 1, from, until, 0, 0])
    this.#write()
  }
  /** @param record null: at none that is known */
  at(record: RecordPosition | null): void {
    this.#slot.set(record === null ? [0, 0] : [record.offset, stepOf(record.line)], 3)
    this.#write()
  }
  end(): void {
    if (this.#slot[0] === 0) return
    this.#slot[0] = 0
    this.#write()
  }

  [Symbol.dispose](): void {
    this.end()
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }

  #write(): void {
    orStorageError(this.#path, () => {
      this.#file ??= open(this.#path)
      writeSync(this.#file, this.#bytes, 0, slotBytes, 0)
    })
  }
}

/** The side of the one who comes next, and finds what processes before it have died of. */
export class CrashRecord {
  readonly #path: string
  #deaths: readonly ProcessDeath[]
  /** What the process before this one died of, if it did. */
  readonly last: ProcessDeath | null

  /** @throws VainoError `storage_failed`, `storage_full` */
  constructor(file: string) {
    this.#path = file
    const [now = null, ...before] = read(file)
    const found = [...before, now].filter((death) => death !== null)
    this.last = now
    this.#deaths = found.slice(-maxDeaths)
    // In one write: a death counts once, also where this process dies now.
    if (now !== null) this.#write(0, [null, ...this.#deaths])
  }

  /** The first one first. */
  get deaths(): readonly ProcessDeath[] {
    return this.#deaths
  }

  ofInput(): ProcessDeath<InputWork>[] {
    return this.#deaths.filter((death): death is ProcessDeath<InputWork> => !isFollowed(death))
  }

  followed(): ProcessDeath<FollowedTopic>[] {
    return this.#deaths.filter(isFollowed)
  }

  /** All before an offset is dealt with: deaths that were before it say nothing any more. */
  passed(work: Work, next: number): void {
    if (this.#deaths.some((death) => death.work === work && death.until <= next)) this.forget(work)
  }

  /** That work goes on: its deaths say nothing any more. */
  forget(work: Work): void {
    const kept = this.#deaths.filter((death) => death.work !== work)
    if (kept.length === this.#deaths.length) return
    this.#deaths = kept
    this.#write(1, kept)
  }

  /** The worker has died, and the process lives: it is no death of the process's. */
  workerDied(): void {
    this.#write(0, [null, ...this.#deaths])
  }

  #write(slot: number, deaths: readonly (ProcessDeath | null)[]): void {
    const numbers = new Float64Array(deaths.flatMap(numbersOf))
    orStorageError(this.#path, () => {
      const file = open(this.#path)
      try {
        writeSync(file, new Uint8Array(numbers.buffer), 0, numbers.byteLength, slot * slotBytes)
        ftruncateSync(file, (slot + deaths.length) * slotBytes)
      } finally {
        closeSync(file)
      }
    })
  }
}

const isFollowed = (death: ProcessDeath): death is ProcessDeath<FollowedTopic> =>
  death.work === 'changes' || death.work === 'state'

function numbersOf(death: ProcessDeath | null): number[] {
  if (death === null) return [0, 0, 0, 0, 0]
  const { work, from, until, record } = death
  return [works.indexOf(work) + 1, from, until, record?.offset ?? 0, record === null ? 0 : stepOf(record.line)]
}

/** @returns what stands in each slot; nothing where there is no file */
function read(file: string): (ProcessDeath | null)[] {
  const bytes = orStorageError(file, () => {
    try {
      return readFileSync(file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
      throw error
    }
  })
  const slots = Math.floor(bytes.length / slotBytes)
  const numbers = new Float64Array(new Uint8Array(bytes.subarray(0, slots * slotBytes)).buffer)
  return Array.from({ length: slots }, (_, index) => {
    const [kind = 0, from = 0, until = 0, offset = 0, step = 0] = numbers.subarray(index * slotNumbers)
    const work = works[kind - 1]
    // What a power cut has left there may be anything.
    if (work === undefined || ![from, until, offset, step].every(Number.isSafeInteger)) return null
    return { work, from, until, record: step === 0 ? null : { offset, line: lineOf(step) } }
  })
}

function orStorageError<T>(file: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw asStorageError(error, `the file ${file}`)
  }
}
