import { setTimeout as pause } from 'node:timers/promises'
import type { EventSink } from '../../source.ts'
import { type FollowEnd, type FollowTask, refusalOf } from './follow.ts'
import { listPages, PageSize } from './list.ts'

/** One object is enough to know that the kind has some. */
const oneObject = new PageSize(1)

/**
 * Lists one object of a kind without objects at an interval, until there is one. A watch would keep a connection and a request of the server
 * open. An object that is made and deleted between two lists is not seen.
 * @param everyMs between two questions
 * @returns `lost` as soon as there is an object: a list reads it, and a watch follows
 * @throws ApiError, VainoError `source_failed` as a list does
 */
export async function awaitFirstObject(
  task: FollowTask,
  everyMs: number,
  out: EventSink,
  signal: AbortSignal,
): Promise<FollowEnd> {
  try {
    // Not all kinds at once.
    await pause(Math.random() * everyMs, undefined, { signal })
    while (true) {
      for await (const { items, resourceVersion } of listPages(
        task.server,
        task.path,
        { ...task, pageSize: oneObject },
        signal,
      )) {
        if (items.length > 0) return { why: 'lost' }
        out.checkpoint(resourceVersion, () => task.onCommitted(resourceVersion))
      }
      await pause(everyMs, undefined, { signal })
    }
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal === null) throw error
    return refusal
  }
}
