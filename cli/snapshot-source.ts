import { type ScopedResource, scopedResources } from '../storage/snapshots/scoped-resources.ts'
import type { SnapshotSource } from '../storage/snapshots/snapshot-store.ts'
import { bodyOf } from './elements.ts'
import type { Server } from './server.ts'
import { version } from './version.ts'

type Query = Readonly<Record<string, string | undefined>>

/** What a running vaino knows now; it is asked when the resources are first asked for. */
export function sourceFrom(server: Server, query: Query, signal: AbortSignal): SnapshotSource {
  let cursor: string | null = null
  async function* resources(): AsyncGenerator<readonly ScopedResource[]> {
    const response = await server.request('/v1/snapshot', { query, signal })
    const name = `${server.url}/v1/snapshot`
    const header = yield* scopedResources('lines', name, bodyOf(response, name, signal))
    cursor = header.cursor
  }
  return {
    origin: { version: `vaino/${version}`, takenAt: new Date(), cursor: () => cursor },
    resources: resources(),
  }
}
