import { type DeadLetterReason, deadLetterReasons } from '../../model/partition-state.ts'

/** Why a record can't be used, as it came. */
export interface Rejected {
  readonly reason: DeadLetterReason
  readonly detail: string
  readonly source: string
  readonly preview: string
}

/**
 * Maximum letters of one message, enough for the bad records of a scan. A pretty-printed document of 20 MB would be a million
 * letters, and 2 kB of compressed newlines and characters ten million.
 */
export const maxLetters = 1000

/** Writes the first letters of a message, then one letter with the number and the reasons of the rest. */
export class LetterLimit {
  readonly #write: (letter: Rejected) => void
  #message = ''
  #written = 0
  #more = 0
  #firstOfMore = ''
  readonly #reasons = new Map<DeadLetterReason, number>()

  constructor(write: (letter: Rejected) => void) {
    this.#write = write
  }

  /** @param message names the message; another name starts a new count */
  add(message: string, letter: Rejected): void {
    if (message !== this.#message) this.end()
    this.#message = message
    if (this.#written < maxLetters) {
      this.#written++
      this.#write(letter)
      return
    }
    if (this.#more++ === 0) this.#firstOfMore = letter.source
    this.#reasons.set(letter.reason, (this.#reasons.get(letter.reason) ?? 0) + 1)
  }

  /** The message has no more. */
  end(): void {
    this.#written = 0
    if (this.#more === 0) return
    const reasons = deadLetterReasons
      .map((reason) => ({ reason, times: this.#reasons.get(reason) ?? 0 }))
      .filter(({ times }) => times > 0)
      .sort((a, b) => b.times - a.times)
    const detail = `${this.#more} more from here on: ${reasons.map(({ reason, times }) => `${times} ${reason}`).join(', ')}`
    const reason = reasons[0]?.reason ?? 'not_json'
    this.#write({ reason, detail, source: this.#firstOfMore, preview: '' })
    this.#more = 0
    this.#reasons.clear()
  }
}
