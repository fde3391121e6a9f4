import type { VainoError } from '../../../model/errors.ts'

interface Break {
  readonly sinceMs: number
  message: string
  isReported: boolean
}

/** A shorter break is not reported: a coordinator that loads or moves refuses for a moment. */
const graceMs = 10_000

/** The groups whose membership is broken, and why. */
export class Memberships {
  readonly #broken = new Map<string, Break>()
  readonly #report: (error: VainoError) => void
  readonly #now: () => number

  /** @param report called once for each membership that breaks for good, or for more than 10 s */
  constructor(report: (error: VainoError) => void, now = () => performance.now()) {
    this.#report = report
    this.#now = now
  }

  get problems(): string[] {
    return [...this.#broken.values()].map(({ message }) => message)
  }

  broke(group: string, error: VainoError): void {
    const found = this.#broken.get(group) ?? { sinceMs: this.#now(), message: '', isReported: false }
    this.#broken.set(group, found)
    found.message = error.message
    const isNews = !error.canRetry || this.#now() - found.sinceMs > graceMs
    if (found.isReported || !isNews) return
    found.isReported = true
    this.#report(error)
  }

  joined(group: string): void {
    this.#broken.delete(group)
  }
}
