/**
 * Runs a task for each entry, at most `limit` at once.
 * @returns their results in the order of the entries
 * @throws the first error, when nothing runs any more; after it, none is begun
 */
export async function mapBounded<T, R>(
  entries: readonly T[],
  limit: number,
  task: (entry: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(entries.length)
  const queue = entries.entries()
  const errors: unknown[] = []
  const work = async () => {
    for (const [at, entry] of queue) {
      if (errors.length > 0) return
      try {
        results[at] = await task(entry)
      } catch (error) {
        errors.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, entries.length) }, work))
  if (errors.length > 0) throw errors[0]
  return results
}
