/** What a step resolves to, or `aborted` as soon as the signal is aborted, even where the step ignores the signal. */
export function untilAborted<T>(step: () => T | Promise<T>, signal: AbortSignal): Promise<T | typeof aborted> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve(aborted)
    const onAbort = (): void => resolve(aborted)
    signal.addEventListener('abort', onAbort, { once: true })
    Promise.try(step)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort))
  })
}

export const aborted: unique symbol = Symbol('aborted')
