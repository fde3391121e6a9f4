const maxPauseMs = 5_000
/** After a refusal: an operator may grant the permission later. */
const maxRefusedPauseMs = 60_000

/** The pause after the next failure in a row: doubles up to 5 s, or up to 60 s if a retry is refused again. */
export const longerPauseMs = (lastMs: number, canRetry: boolean): number =>
  Math.min(lastMs * 2, canRetry ? maxPauseMs : maxRefusedPauseMs)

/** Resolves after a time, or when the signal is aborted. Never rejects. */
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
