import type { Clock } from './clock.ts'
import type { Place, Slots } from './slots.ts'

/** A scan whose wait is longer lends its permits: shorter ones are over before another scan would have begun. */
const lendAfterMs = 50

export interface PermitsFor {
  /** In the order in which they are taken. */
  readonly slots: readonly Slots[]
  readonly priority: number
  readonly clock: Clock
  /** Something has changed; it may become urgent during the wait. */
  isUrgent(): boolean
  /** Is given the place in the queue, where there is one; null at the end of the wait. */
  onWait(place: Place | null): void
}

/** The permits of one scan. */
export class ScanPermits implements Disposable {
  readonly #slots: readonly Slots[]
  readonly #clock: Clock
  #waits = 0
  #isLent = false
  #cancel: () => void = () => undefined

  /** @param slots those of which a permit is taken */
  constructor(slots: readonly Slots[], clock: Clock) {
    this.#slots = slots
    this.#clock = clock
  }

  /**
   * Runs what only waits: for a rate, for another scan's answers. From then on until nothing of the scan waits any more the
   * permits are lent: what the rate lets through meanwhile is little.
   */
  async idle<T>(wait: () => Promise<T>): Promise<T> {
    if (this.#waits++ === 0 && !this.#isLent) this.#cancel = this.#clock.after(lendAfterMs, () => this.#lend())
    try {
      return await wait()
    } finally {
      if (--this.#waits === 0) this.#takeBack()
    }
  }

  [Symbol.dispose](): void {
    this.#takeBack()
    for (const one of this.#slots) one.giveBack()
  }

  #lend(): void {
    const lent: Slots[] = []
    for (const one of this.#slots) if (one.lend()) lent.push(one)
    this.#isLent = lent.length === this.#slots.length
    if (!this.#isLent) for (const one of lent) one.takeBack()
  }

  #takeBack(): void {
    this.#cancel()
    if (this.#isLent) for (const one of this.#slots) one.takeBack()
    this.#isLent = false
  }
}

/** Takes a permit of each of some slots. @throws the signal's reason; nothing is held then */
export async function takePermits(of: PermitsFor, stop: AbortSignal): Promise<ScanPermits> {
  const taken: Slots[] = []
  try {
    for (const slots of of.slots) {
      stop.throwIfAborted()
      await turnIn(slots, of, stop)
      taken.push(slots)
    }
  } catch (error) {
    for (const slots of taken) slots.giveBack()
    throw error
  } finally {
    of.onWait(null)
  }
  return new ScanPermits(taken, of.clock)
}

function turnIn(slots: Slots, { isUrgent, priority, onWait }: PermitsFor, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      place?.leave()
      reject(stop.reason)
    }
    const place = slots.ask(isUrgent(), priority, () => {
      stop.removeEventListener('abort', leave)
      resolve()
    })
    if (place === null) return resolve()
    stop.addEventListener('abort', leave, { once: true })
    onWait(place)
  })
}
