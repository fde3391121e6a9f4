import { closeSync, constants, existsSync, ftruncateSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import path from 'node:path'
import { asStorageError } from '../../../storage/data-dir.ts'
import { lineOf, type RecordPosition, stepOf } from '../../threads/progress.ts'
import type { FollowedTopic } from '../messages/foreign-messages.ts'

// The crash journal: one file a partition, which says what the worker was processing when the process died. Format: slots of five
// 64-bit floats. The worker writes the first slot before it processes input or followed messages, and empties it afterwards. At
// its start a process moves a filled first slot to the other slots, which hold the deaths so far. The file is not synced: it
// outlives the process without that, and no message causes a power cut.

const works = ['prepare', 'remember', 'changes', 'state'] as const
/** `prepare`: input is processed; `remember`: input is read again for open scans; `changes`, `state`: messages of the owner are followed. */
type Work = (typeof works)[number]
export type InputWork = Exclude<Work, FollowedTopic>

/** What a process was processing when it died; the record, if records were processed one by one. */
export interface ProcessDeath<W extends Work = Work> {
  readonly work: W
  readonly from: number
  readonly until: number
  readonly record: RecordPosition | null
}

/** The work's number from 1 (0: none), the input's bounds, the record's offset, its step in the message (0: not known). @see stepOf */
const slotNumbers = 5
const slotBytes = slotNumbers * Float64Array.BYTES_PER_ELEMENT
/** Maximum deaths in the file; the isolation plan needs fewer. */
const maxDeaths = 50

export const crashJournalPath = (dataDir: string, partition: number): string =>
  path.join(dataDir, 'partitions', `${partition}.crash`)

/** Renames the journal of a version that called it `N.flight`. @throws VainoError `storage_failed`, `storage_full` */
export function renameOldJournal(dataDir: string, partition: number): void {
  const old = path.join(dataDir, 'partitions', `${partition}.flight`)
  orStorageError(old, () => {
    if (existsSync(old)) renameSync(old, crashJournalPath(dataDir, partition))
  })
}

const open = (file: string): number => openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600)

/** The worker's side: one small write for each step. */
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
  /** @param record the record that is processed next; null: not known */
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

/** The next process's side: what processes before it died at. */
export class CrashRecord {
  readonly #path: string
  #deaths: readonly ProcessDeath[]
  /** The death of the process before this one; null if it ended in another way. */
  readonly last: ProcessDeath | null

  /** @throws VainoError `storage_failed`, `storage_full` */
  constructor(file: string) {
    this.#path = file
    const [now = null, ...before] = read(file)
    const found = [...before, now].filter((death) => death !== null)
    this.last = now
    this.#deaths = found.slice(-maxDeaths)
    // In one write, so that a death counts once even if this process dies now.
    if (now !== null) this.#write(0, [null, ...this.#deaths])
  }

  /** Oldest first. */
  get deaths(): readonly ProcessDeath[] {
    return this.#deaths
  }

  ofInput(): ProcessDeath<InputWork>[] {
    return this.#deaths.filter((death): death is ProcessDeath<InputWork> => !isFollowed(death))
  }

  followed(): ProcessDeath<FollowedTopic>[] {
    return this.#deaths.filter(isFollowed)
  }

  /** All input before an offset is processed: deaths before it are forgotten. */
  passed(work: Work, next: number): void {
    if (this.#deaths.some((death) => death.work === work && death.until <= next)) this.forget(work)
  }

  /** Forgets the deaths of a kind of work, because it succeeds. */
  forget(work: Work): void {
    const kept = this.#deaths.filter((death) => death.work !== work)
    if (kept.length === this.#deaths.length) return
    this.#deaths = kept
    this.#write(1, kept)
  }

  /** Only the worker has died: empties the first slot, so that it does not count as a death of the process. */
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

/** @returns the content of each slot, null for an empty one; no slots if there is no file */
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
    // After a power cut the slot may hold anything.
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
