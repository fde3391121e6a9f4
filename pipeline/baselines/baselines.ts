import path from 'node:path'
import { type Cursor, cursorPattern, decodeCursor, type Position } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import { nearest } from '../../model/nearest.ts'
import { HistoryPins, maxPins } from '../../storage/history-pins.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import { parseTimePoint } from '../time-point.ts'
import { readBaselineFile, type SavedBaseline, writeBaselineFile } from './baseline-file.ts'

export interface Baseline extends SavedBaseline {
  /** Whether its history is gone: it can't be compared with any more. */
  readonly expired: boolean
}

interface Held {
  readonly saved: SavedBaseline
  readonly pin: number
}

const namePattern = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/

/**
 * Positions of the change log that have a name, at most {@link maxPins}. History after each is kept from retention until it is deleted,
 * unless it grows to four times what `retention.size` allows: a full disk would stop everything. They stand in a file of the data
 * directory that is written whole before a call resolves.
 */
export class Baselines {
  readonly pins: HistoryPins
  readonly #file: string
  #held: readonly Held[]
  /** Saves and deletes, one after another. */
  #last: Promise<unknown> = Promise.resolve()

  /** Reads what is saved and pins it. To be made before any retention runs. @throws VainoError `storage_failed` */
  constructor(dataDir: string, identity: { readonly logId: string; readonly partitions: number }) {
    this.#file = path.join(dataDir, 'baselines.json')
    this.pins = HistoryPins.create(identity.partitions)
    this.#held = readBaselineFile(this.#file)
      .slice(0, maxPins)
      .map((saved, pin) => ({ saved, pin }))
    for (const { saved, pin } of this.#held)
      this.pins.set(pin, decodeCursor(saved.cursor, identity.logId, identity.partitions))
  }

  /** By name. */
  list(reader: StateReader): Baseline[] {
    return this.#held
      .map(({ saved }) => ({ ...saved, expired: isExpired(reader, saved) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /**
   * @param position from which on history is kept
   * @param at the settled time that it is as of, RFC 3339; null where a cursor was given
   * @throws VainoError `bad_request` for a name that is taken or can't be one, or where there are too many; `cursor_expired`; `storage_full`, `storage_failed`
   */
  save(reader: StateReader, name: string, position: Position, at: string | null): Promise<Baseline> {
    return this.#inTurn(async () => {
      const pin = this.#placeFor(name)
      const cursor = reader.encode(position)
      const saved: SavedBaseline = { name, cursor, at, created_at: new Date().toISOString() }
      this.pins.set(pin, position)
      try {
        // Retention may have been under way when it was pinned.
        reader.decode(cursor)
        await this.#write([...this.#held, { saved, pin }])
      } catch (error) {
        this.pins.clear(pin)
        throw error
      }
      this.#held = [...this.#held, { saved, pin }]
      return { ...saved, expired: false }
    })
  }

  /** Where a baseline lies; whether its history is kept, its decoding says. @throws VainoError `not_found` */
  cursorOf(name: string): Cursor {
    const found = this.#held.find(({ saved }) => saved.name === name)
    if (found === undefined) throw this.#unknown(name)
    return found.saved.cursor
  }

  /** @throws VainoError `not_found`, `storage_full`, `storage_failed` */
  delete(name: string): Promise<void> {
    return this.#inTurn(async () => {
      const found = this.#held.find(({ saved }) => saved.name === name)
      if (found === undefined) throw this.#unknown(name)
      const rest = this.#held.filter((held) => held !== found)
      await writeBaselineFile(
        this.#file,
        rest.map((held) => held.saved),
      )
      this.#held = rest
      this.pins.clear(found.pin)
    })
  }

  #write(held: readonly Held[]): Promise<void> {
    return writeBaselineFile(
      this.#file,
      held.map(({ saved }) => saved),
    )
  }

  /** @returns a pin that is free */
  #placeFor(name: string): number {
    if (!namePattern.test(name) || parseTimePoint(name, 0) !== null || looksLikeCursor(name)) {
      throw new VainoError('bad_request', `"${name.slice(0, 80)}" can't be the name of a baseline`, {
        hint: 'Expected at most 64 letters, digits, dots, dashes and underscores, a letter first, and neither a time nor a cursor: before-migration.',
      })
    }
    if (this.#held.some(({ saved }) => saved.name === name)) {
      throw new VainoError('bad_request', `There is a baseline ${name} already`, {
        hint: `Take another name, or delete it first: vaino baseline delete ${name}.`,
      })
    }
    const taken = new Set(this.#held.map(({ pin }) => pin))
    for (let pin = 0; pin < maxPins; pin++) if (!taken.has(pin)) return pin
    throw new VainoError('bad_request', `There are ${maxPins} baselines, which is as many as there can be`, {
      hint: 'Delete one that nobody needs: vaino baseline list shows them.',
    })
  }

  #unknown(name: string): VainoError {
    const meant = nearest(
      name,
      this.#held.map(({ saved }) => saved.name),
    )
    return new VainoError('not_found', `There is no baseline ${name.slice(0, 80)}`, {
      hint: meant === null ? 'GET /v1/baselines and vaino baseline list show them.' : `Did you mean ${meant}?`,
    })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}

/** Ours begin with the byte of their format. */
const looksLikeCursor = (text: string): boolean => cursorPattern.test(text) && Buffer.from(text, 'base64url')[0] === 1

function isExpired(reader: StateReader, { cursor }: SavedBaseline): boolean {
  try {
    reader.decode(cursor)
    return false
  } catch (error) {
    if (error instanceof VainoError && error.code === 'cursor_expired') return true
    // Ahead of this log, where a copy is rebuilt: not yet, rather than no more.
    if (error instanceof VainoError && error.code === 'cursor_ahead') return false
    throw error
  }
}
