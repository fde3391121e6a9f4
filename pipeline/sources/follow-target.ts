import type { Attribution, EventSink } from '../../connectors/source.ts'
import type { ScanError } from '../../model/record.ts'
import { backoffMs } from './backoff.ts'
import { pause } from './clock.ts'
import { messageOfError, ofSink, type ScanTask, SinkFailure } from './scan-target.ts'
import { aborted, untilAborted } from './until-aborted.ts'

/** Before the second attempt. */
const limits = { baseMs: 1000, maxMs: 1000 }
/** A scope that is followed waits no longer than this after a failure: nothing is seen until a scan succeeds and another follow begins. */
export const longestWaitMs = 60_000

export interface FollowTask extends ScanTask {
  readonly random: () => number
  /** A follow failed; it is tried again from its last checkpoint, or a scan follows. */
  readonly onFailure: (error: unknown) => void
  readonly onFollowing: () => void
}

/**
 * Follows a target until continuity is lost or the signal is aborted, and all that was handed on is committed. A failure is retried once,
 * after a pause, from the last checkpoint before which all is committed; a second one in a row ends the follow as well, because only a scan says on the scope what is wrong. Once the signal is
 * aborted nothing more is handed on, whatever the connector does.
 * @returns `relist`: a scan is due
 */
export async function followTarget(
  task: FollowTask,
  resume: string | null,
  signal: AbortSignal,
): Promise<'relist' | 'stopped'> {
  let from = resume
  let failures = 0
  while (!signal.aborted) {
    const writer = task.sink.events(task.target.scope)
    const handOn = async (step: () => Promise<void>): Promise<void> => {
      signal.throwIfAborted()
      await ofSink(step)
    }
    const out: EventSink = {
      observe: (resource, by?: Attribution) =>
        handOn(() => writer.observe(resource, by ?? task.attributionOf(task.target.scope, resource.id))),
      gone: (id, by) => handOn(() => writer.gone(id, by ?? task.attributionOf(task.target.scope, id))),
      missed(error: ScanError) {
        task.onFailure(new Error(messageOfError(error)))
      },
      checkpoint(next, committed) {
        if (signal.aborted) return
        writer.whenCommitted(() => {
          failures = 0
          from = next
          committed?.()
        })
      },
    }
    try {
      task.onFollowing()
      const ended = await untilAborted(() => task.source.follow?.(task.target, from, out, signal), signal)
      // What is still under way would undo what a scan that begins now finds.
      await ofSink(() => writer.settled())
      return ended === aborted ? 'stopped' : 'relist'
    } catch (error) {
      await writer.settled().catch((failed: unknown) => failed)
      if (signal.aborted && !(error instanceof SinkFailure)) return 'stopped'
      task.onFailure(error)
      if (++failures > 1) return 'relist'
      await pause(task.clock, backoffMs(failures, limits, task.random()), signal)
    }
  }
  return 'stopped'
}
