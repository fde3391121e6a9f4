import { CallFailure } from '../../calls/call-failure.ts'
import type { RowSink } from '../../calls/row-observation.ts'
import { Pool } from '../../pool.ts'
import type { Project } from '../session/projects.ts'
import { getOf } from '../table/get-of.ts'
import type { Row } from '../table/row.ts'
import { rowOf } from '../table/table.ts'
import type { Reader } from './pages.ts'
import { readOne } from './read-one.ts'
import type { Place } from './resource.ts'

/** Resources of one scope that are read alone at once. */
const readsAtOnce = 8

export interface RereadSink extends RowSink {
  absent(id: string): void
}

/** Reads some resources of a type, each alone. @throws the signal's reason, VainoError where there are no credentials, and what the sink throws */
export async function reread(
  row: Row,
  ids: ReadonlySet<string>,
  { number }: Project,
  reader: Reader & Place,
  sink: RereadSink,
  signal: AbortSignal,
): Promise<void> {
  const pool = new Pool(readsAtOnce)
  for (const id of ids) {
    await pool.add(async () => {
      try {
        const resource = await readOne(row, id, number, reader, signal)
        if (resource === null) sink.absent(id)
        else await sink.observe(resource)
      } catch (error) {
        signal.throwIfAborted()
        if (!(error instanceof CallFailure)) throw error
        sink.missed(error)
      }
    })
  }
  await pool.drained()
}

/** Of a bucket only the project's number says whose it is. */
export function canReadEach(type: string, ids: readonly string[], { id: $project, number }: Project): boolean {
  const row = rowOf(type)
  if (row === undefined || (row.list.api === 'storage' && number === null)) return false
  return ids.every((id) => getOf(row, id, { $project }) !== null)
}
