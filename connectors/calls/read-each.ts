import type { Resource } from '../../model/resource.ts'
import { Pool } from '../pool.ts'
import type { RereadObserver } from '../source.ts'
import { CallFailure } from './call-failure.ts'
import type { RowSink } from './row-observation.ts'

/** Resources of one scope that are read alone at once. */
const readsAtOnce = 8

/**
 * Reads some resources of a type, each alone.
 * @param sink is given what is there, and what could not be read
 * @param out is told the others
 * @param readOne null: it is not there; `other`: as another type
 * @throws the signal's reason, VainoError where there are no credentials, and what the sink throws
 */
export async function readEach(
  ids: ReadonlySet<string>,
  readOne: (id: string) => Promise<Resource | 'other' | null>,
  sink: RowSink,
  out: Pick<RereadObserver, 'absent' | 'other'>,
  signal: AbortSignal,
): Promise<void> {
  const pool = new Pool(readsAtOnce)
  for (const id of ids) {
    await pool.add(async () => {
      try {
        const resource = await readOne(id)
        if (resource === null) out.absent(id)
        else if (resource === 'other') out.other(id)
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
