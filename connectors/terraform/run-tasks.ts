/**
 * Runs tasks, so many at a time. The first that fails stops the others, and is thrown when they have stopped.
 * @param signal is handed on to every task, together with the stop
 */
export async function runTasks(
  tasks: readonly ((signal: AbortSignal) => Promise<void>)[],
  concurrency: number,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  const failures: unknown[] = []
  const pending = tasks.values()
  const lane = async (): Promise<void> => {
    for (const task of pending) {
      try {
        either.throwIfAborted()
        await task(either)
      } catch (error) {
        failures.push(error)
        stop.abort(error)
        return
      }
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, Math.min(concurrency, tasks.length)) }, lane))
  signal.throwIfAborted()
  if (failures.length > 0) throw failures[0]
}
