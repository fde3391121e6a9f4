import { Observable, type OperatorFunction } from 'rxjs'

/**
 * **Turns each value into any number of values, before the next one is taken.**
 *
 * An error that `each` throws ends the stream. RxJS alone would report what a hand-written subscriber throws by a timer,
 * after the transaction has committed without it.
 * @param begin is called at each subscription: state that it makes is that subscription's own
 */
export const splitEach =
  <I, O>(begin: () => (value: I, emit: (part: O) => void) => void): OperatorFunction<I, O> =>
  (source) =>
    new Observable<O>((subscriber) => {
      const each = begin()
      const emit = (part: O) => subscriber.next(part)
      return source.subscribe({
        next: (value) => {
          try {
            each(value, emit)
          } catch (error) {
            subscriber.error(error)
          }
        },
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    })
