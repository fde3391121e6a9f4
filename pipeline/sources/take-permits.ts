import type { Slots } from './slots.ts'

export interface PermitsFor {
  /** In the order in which they are taken. */
  readonly slots: readonly Slots[]
  readonly priority: number
  /** Something has changed; it may become urgent during the wait. */
  isUrgent(): boolean
  /** Is given what ends a wait that is not urgent, so that it goes on among the urgent ones; null when there is none. */
  onWait(waiting: AbortController | null): void
}

/** Takes a permit of each of some slots. @throws the signal's reason; nothing is held then */
export async function takePermits(of: PermitsFor, stop: AbortSignal): Promise<Disposable> {
  using stack = new DisposableStack()
  for (const slots of of.slots) {
    for (let permit: Disposable | null = null; permit === null; ) {
      const isUrgent = of.isUrgent()
      const waiting = new AbortController()
      of.onWait(isUrgent ? null : waiting)
      const signal = AbortSignal.any([stop, waiting.signal])
      try {
        permit = stack.use(await slots.take(isUrgent, of.priority, signal))
      } catch (error) {
        if (!waiting.signal.aborted || stop.aborted) throw error
      }
    }
  }
  of.onWait(null)
  return stack.move()
}
