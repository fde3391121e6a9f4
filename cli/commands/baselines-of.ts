import { VainoError } from '../../model/errors.ts'
import type { Server } from '../server.ts'

export interface BaselineAnswer {
  readonly name: string
  readonly cursor: string
  readonly at: string | null
  readonly created_at: string
  readonly expired: boolean
}

export const baselinesOf = async (server: Server): Promise<BaselineAnswer[]> =>
  (await server.json<{ baselines: BaselineAnswer[] }>('/v1/baselines')).baselines

/**
 * The cursor of a baseline; null where the server has none of that name.
 * @throws VainoError `cursor_expired` for one whose history is gone
 */
export async function baselineCursor(server: Server, name: string): Promise<string | null> {
  const found = (await baselinesOf(server)).find((each) => each.name === name)
  if (found === undefined) return null
  if (!found.expired) return found.cursor
  throw new VainoError('cursor_expired', `The baseline ${name} has lost its history`, {
    hint: 'It took more than four times retention.size. Delete it, and save another: vaino baseline save NAME.',
  })
}
