import type { DatabaseSync } from 'node:sqlite'

/**
 * The last offset recorded at or before a time, by bisection: offsets above the floor have no gap, and their times never
 * go back.
 * @param floor the retention floor: the answer where everything kept is later
 */
export function offsetAt(db: DatabaseSync, floor: number, head: number, timeMs: number): number {
  const recordedAt = db.prepare('SELECT recorded_at FROM changes WHERE offset = ?')
  let low = floor
  let high = head
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const row = recordedAt.get(middle)
    if (row !== undefined && Number(row.recorded_at) <= timeMs) low = middle
    else high = middle - 1
  }
  return low
}
