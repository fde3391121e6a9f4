import type { Change } from '../../model/change.ts'
import { VainoError } from '../../model/errors.ts'
import type { Server } from '../server.ts'

/** Changes of a request, and of one look at the history. */
const pageSize = 1000
export const maxChanges = 200_000

/** The changes since a time, or as far back as the log goes, in their order; what rules ignore too. */
export async function* changesSince(server: Server, sinceMs: number, signal: AbortSignal): AsyncGenerator<Change> {
  let offset = await cursorAt(server, sinceMs, signal)
  let count = 0
  for (let isAtEnd = false; !isAtEnd && count < maxChanges; ) {
    const query = { offset, limit: pageSize, include_suppressed: 'true' }
    const page = await server.json<{ changes: Change[]; cursor: string; up_to_date: boolean }>('/v1/changes', {
      query,
      signal,
    })
    yield* page.changes
    count += page.changes.length
    offset = page.cursor
    isAtEnd = page.up_to_date
  }
}

async function cursorAt(server: Server, timeMs: number, signal: AbortSignal): Promise<string> {
  const query = { at: new Date(timeMs).toISOString(), limit: 1 }
  try {
    return (await server.json<{ cursor: string }>('/v1/resources', { query, signal })).cursor
  } catch (error) {
    if (error instanceof VainoError && error.code === 'cursor_expired') return '-1'
    throw error
  }
}
