import type { LiveSnapshot } from '../../pipeline/snapshots/live-snapshot.ts'
import type { Server } from '../server.ts'
import { bodyOf } from '../terminal/elements.ts'
import { version } from './version.ts'

type Query = Readonly<Record<string, string | undefined>>

/** What a snapshot says that it was taken by. */
export const collectorVersion = `vaino/${version}`

/** What a running vaino knows; it is asked when the first chunk is asked for. */
export function liveSnapshot(server: Server, query: Query, signal: AbortSignal): LiveSnapshot {
  const name = `${server.url}/v1/snapshot`
  return {
    name,
    async *chunks() {
      yield* bodyOf(await server.request('/v1/snapshot', { query, signal }), name, signal)
    },
  }
}
