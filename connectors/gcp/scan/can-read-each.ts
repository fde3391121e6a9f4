import type { Project } from '../session/projects.ts'
import { getOf } from '../table/get-of.ts'
import { rowOf } from '../table/table.ts'

/** Of a bucket only the project's number says whose it is. */
export function canReadEach(type: string, ids: readonly string[], { id: $project, number }: Project): boolean {
  const row = rowOf(type)
  if (row === undefined || (row.list.api === 'storage' && number === null)) return false
  return ids.every((id) => getOf(row, id, { $project }) !== null)
}
