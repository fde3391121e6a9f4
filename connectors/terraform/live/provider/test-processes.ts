/** A killed process is there until the system's first process has buried it. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits for what other processes bring about. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await condition()); await new Promise(setImmediate))
    if (Date.now() > end) throw new Error('it did not come about')
}
