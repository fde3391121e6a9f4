import type { Change } from '../../model/change.ts'
import { isChange } from '../../model/change.ts'
import type { Engine } from '../../pipeline/engine.ts'

/** Rows of one partition that are looked at in a call; of a flood, the first ones are shown and the rest is counted elsewhere. */
const readAtOnce = 256

/**
 * Hands out what was committed since the last call, but for first sights.
 * @returns a function that takes the most that it may hand out; what is more is not handed out later
 */
export function recentChanges({ reader }: Engine): (limit: number) => Change[] {
  let seen = reader.head()
  return (limit) => {
    const head = reader.head()
    const cursor = reader.encode(head)
    const changes = head.flatMap((through, partition) => {
      const after = seen[partition] ?? 0
      const rows = through > after ? reader.changes(partition, after, through, readAtOnce) : []
      return rows
        .filter(isChange)
        .filter(({ op }) => op !== 'r')
        .slice(0, limit)
    })
    seen = head
    return changes.slice(0, limit).map((row) => row.toChange(cursor))
  }
}
