const maxPauseMs = 5_000
/** What is refused for good is granted by somebody, some time. */
const maxRefusedPauseMs = 60_000

/** How long to wait after the next failure in a row. */
export const longerPauseMs = (lastMs: number, canRetry: boolean): number =>
  Math.min(lastMs * 2, canRetry ? maxPauseMs : maxRefusedPauseMs)

/** Waits, or until the signal is aborted; never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}
