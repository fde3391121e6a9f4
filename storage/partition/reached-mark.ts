import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { VainoError } from '../../model/errors.ts'

/** How often the mark follows the log: a loss of less than this much work may go unnoticed after a crash, not after a stop. */
const markEveryMs = 1_000
/** Sixteen digits and a newline, always: one small write at the file's beginning, which replaces the one before. */
const digits = 16

/** The file beside a partition's that says how far its log had come. */
const markPath = (partitionPath: string): string => partitionPath.replace(/\.sqlite$/, '.reached')

/**
 * Remembers outside a partition's file how far its change log had come. SQLite takes a write-ahead log that is lost or cut off for
 * one that had nothing in it, so the file alone can't show that commits are missing.
 *
 * The mark is written behind commits, and so never claims what isn't on the disk.
 */
export class ReachedMark implements Disposable {
  readonly #file: number
  #reached: number
  #markedAtMs = Number.NEGATIVE_INFINITY

  /** @throws VainoError `storage_damaged` where the log ends before what it had reached */
  constructor(partitionPath: string, head: number) {
    const path = markPath(partitionPath)
    closeSync(openSync(path, 'a', 0o600))
    const reached = Number.parseInt(readFileSync(path, 'utf8'), 10) || 0
    if (reached > head) {
      throw new VainoError(
        'storage_damaged',
        `${partitionPath} ends at change ${head}, and had come to ${reached}: its write-ahead log (-wal) was lost or damaged, or the file is an older copy`,
        {
          hint: `Restore the data directory as a whole from a backup, or move it away: the next scans build the state anew. To go on without the lost changes, delete ${path}.`,
        },
      )
    }
    this.#file = openSync(path, 'r+')
    this.#reached = reached
  }

  /** The log has come to `head`, and that is on the disk. @param nowMs a monotonic clock, milliseconds */
  reached(head: number, nowMs: number): void {
    if (head === this.#reached || nowMs - this.#markedAtMs < markEveryMs) return
    this.#markedAtMs = nowMs
    this.#write(head)
  }

  /** The same at a stop: written whatever the time, and fsynced. */
  stoppedAt(head: number): void {
    if (head === this.#reached) return
    this.#write(head)
    fsyncSync(this.#file)
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }

  #write(head: number): void {
    writeSync(this.#file, `${String(head).padStart(digits, '0')}\n`, 0)
    this.#reached = head
  }
}
