import type { VainoError } from '../../model/errors.ts'

/** The groups that this node is to be in and isn't, and why. */
export class Memberships {
  readonly #broken = new Map<string, string>()
  readonly #tell: (error: VainoError) => void

  /** @param tell is told once when a membership breaks, however often it is tried anew in vain */
  constructor(tell: (error: VainoError) => void) {
    this.#tell = tell
  }

  get problems(): string[] {
    return [...this.#broken.values()]
  }

  broke(group: string, error: VainoError): void {
    if (!this.#broken.has(group)) this.#tell(error)
    this.#broken.set(group, error.message)
  }

  joined(group: string): void {
    this.#broken.delete(group)
  }
}
