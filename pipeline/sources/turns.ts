import { defer, exhaustMap, Observable, repeat, Subject, startWith, switchMap, take, takeUntil } from 'rxjs'
import type { Clock } from './clock.ts'

/**
 * Takes turns, one at a time, each when it is due: waits, takes the turn, and waits again. `wake` looks at the due time anew.
 * bounded: exhaustMap holds one turn and switchMap one timer; a wake replaces the timer before it, so nothing queues.
 */
export class Turns {
  readonly #clock: Clock
  readonly #dueAt: () => number
  readonly #wake = new Subject<void>()
  readonly #stopped = new Subject<void>()
  #turn: Promise<void> = Promise.resolve()

  /** @param turn never rejects */
  constructor(clock: Clock, dueAt: () => number, turn: () => Promise<void>) {
    this.#clock = clock
    this.#dueAt = dueAt
    const takeTurn = (): Promise<void> => {
      this.#turn = turn()
      return this.#turn
    }
    defer(() => this.#due())
      .pipe(exhaustMap(takeTurn), repeat(), takeUntil(this.#stopped))
      .subscribe()
  }

  wake(): void {
    this.#wake.next()
  }

  /** No further turn begins; resolves when the one under way has ended. */
  async stop(): Promise<void> {
    this.#stopped.next()
    await this.#turn
  }

  #due(): Observable<void> {
    return this.#wake.pipe(
      startWith(undefined),
      switchMap(() => this.#timer(this.#dueAt())),
      take(1),
    )
  }

  #timer(at: number): Observable<void> {
    return new Observable((subscriber) =>
      this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
        // A timer may be early, by a rounding or because the wait is longer than a timer can be.
        if (this.#clock.now() < at) this.#wake.next()
        else subscriber.next()
      }),
    )
  }
}
