import type { Change } from '../model/change.ts'
import type { Engine } from '../pipeline/engine.ts'

/** Hands out what was committed since the last call. */
export interface RecentChanges {
  /**
   * Changes but first sights, at most `limit`.
   * @returns how many more there were is in `left`; they are not handed out later
   */
  take(limit: number): { readonly changes: readonly Change[]; readonly left: number }
}

/** Rows of one partition that are read in a call; what comes faster than this is only counted. */
const readAtOnce = 256

export function recentChanges({ reader }: Engine): RecentChanges {
  let seen = [...reader.head()]
  return {
    take(limit) {
      const head = reader.head()
      const changes: Change[] = []
      let left = 0
      for (const [partition, through] of head.entries()) {
        const after = seen[partition] ?? 0
        if (through <= after) continue
        const rows = reader.changes(partition, after, through, readAtOnce)
        left += through - after - rows.length
        for (const row of rows) {
          if (row.op === 'r') continue
          if (changes.length < limit) changes.push(row.toChange(reader.encode(head)))
          else left++
        }
      }
      seen = [...head]
      return { changes, left }
    },
  }
}
