import type { VainoError } from '../../../model/errors.ts'

interface Break {
  readonly sinceMs: number
  message: string
  isTold: boolean
}

/** A coordinator that loads, or moves, refuses for a moment: that is no news. */
const graceMs = 10_000

/** The groups that this node is to be in and isn't, and why. */
export class Memberships {
  readonly #broken = new Map<string, Break>()
  readonly #tell: (error: VainoError) => void
  readonly #now: () => number

  /** @param tell is told once when a membership is broken for good or for long, however often it is tried anew in vain */
  constructor(tell: (error: VainoError) => void, now = () => performance.now()) {
    this.#tell = tell
    this.#now = now
  }

  get problems(): string[] {
    return [...this.#broken.values()].map(({ message }) => message)
  }

  broke(group: string, error: VainoError): void {
    const found = this.#broken.get(group) ?? { sinceMs: this.#now(), message: '', isTold: false }
    this.#broken.set(group, found)
    found.message = error.message
    const isNews = !error.canRetry || this.#now() - found.sinceMs > graceMs
    if (found.isTold || !isNews) return
    found.isTold = true
    this.#tell(error)
  }

  joined(group: string): void {
    this.#broken.delete(group)
  }
}
