import { decodeCursor, isAtLeast } from '../model/cursor.ts'
import { VainoError } from '../model/errors.ts'
import type { Engine } from '../pipeline/engine.ts'
import type { ApiLimits } from './limits.ts'
import { preferredMs } from './prefer.ts'

export interface MinCursorOptions {
  readonly engine: Pick<Engine, 'reader' | 'onCommit' | 'isShared'>
  readonly limits: Pick<ApiLimits, 'minCursorMs' | 'maxCursorWaiters'>
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal
}

/**
 * Resolves when this node's state contains a cursor; at once where none is asked for. With the embedded transport every
 * cursor that was given out is there already; a node of many may be behind the one that gave it out.
 * @throws VainoError `not_ready`, with where this node is, when it takes longer than the client or the limit allows;
 * `bad_cursor`, `foreign_cursor`; `busy` when too many wait
 * @param named what else the request names that may be a cursor: a node of many waits for these too, since another may have
 * given them out; whether they are good, the route says
 */
export type MinCursor = (
  cursor: string | undefined,
  request: Request,
  named?: readonly (string | null | undefined)[],
) => Promise<void>

export function createMinCursor({ engine, limits, stopping }: MinCursorOptions): MinCursor {
  const { reader } = engine
  let waiting = 0

  async function wait(cursor: string, request: Request): Promise<void> {
    const wanted = decodeCursor(cursor, reader.logId, reader.partitions)
    if (isAtLeast(reader.head(), wanted)) return
    if (waiting >= limits.maxCursorWaiters) {
      throw new VainoError('busy', `${waiting} requests wait for their min_cursor already`, { retryAfterSeconds: 1 })
    }
    waiting++
    const waitMs = Math.min(limits.minCursorMs, preferredMs(request))
    const reached = Promise.withResolvers<void>()
    const behind = new Map<number, number>()
    const stopListening = engine.onCommit((partition, head) => {
      if (head >= (behind.get(partition) ?? Number.POSITIVE_INFINITY)) behind.delete(partition)
      if (behind.size === 0) reached.resolve()
    })
    const timer = setTimeout(reached.resolve, waitMs)
    const gone = AbortSignal.any([request.signal, stopping])
    gone.addEventListener('abort', () => reached.resolve(), { once: true })
    try {
      // Looked at after listening has begun, so that no commit falls between.
      const head = reader.head()
      wanted.forEach((offset, partition) => {
        if (offset > (head[partition] ?? 0)) behind.set(partition, offset)
      })
      if (behind.size > 0 && !gone.aborted) await reached.promise
    } finally {
      waiting--
      stopListening()
      clearTimeout(timer)
    }
    const head = reader.head()
    if (isAtLeast(head, wanted)) return
    const changes = wanted.reduce((sum, offset, partition) => sum + Math.max(0, offset - (head[partition] ?? 0)), 0)
    throw new VainoError('not_ready', `This node is ${changes} changes behind the cursor after ${waitMs / 1000} s`, {
      hint: 'Ask again, or ask another node.',
      retryAfterSeconds: 1,
      details: { cursor: reader.encode(head), min_cursor: cursor, changes_behind: changes },
    })
  }

  const isCursor = (text: string): boolean => {
    try {
      decodeCursor(text, reader.logId, reader.partitions)
      return true
    } catch (error) {
      if (error instanceof VainoError) return false
      throw error
    }
  }

  return async (cursor, request, named = []) => {
    if (cursor !== undefined) await wait(cursor, request)
    if (!engine.isShared) return
    for (const text of named) if (text && isCursor(text)) await wait(text, request)
  }
}
