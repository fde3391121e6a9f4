import type { Attribution, EventSink } from '../../connectors/source.ts'
import type { ScanError } from '../../model/record.ts'
import { backoffMs } from './backoff.ts'
import { pause } from './clock.ts'
import { messageOfError, ofSink, type ScanTask } from './scan-target.ts'
import { aborted, untilAborted } from './until-aborted.ts'

const limits = { baseMs: 1000, maxMs: 60_000 }

export interface FollowTask extends ScanTask {
  readonly random: () => number
  /** A follow failed; it is tried again from its last checkpoint. */
  readonly onFailure: (error: unknown) => void
  readonly onFollowing: () => void
}

/**
 * Follows a target until continuity is lost or the signal is aborted. A failure is retried with back-off from the last
 * checkpoint. Once the signal is aborted nothing more is handed on, whatever the connector does.
 */
export async function followTarget(
  task: FollowTask,
  resume: string | null,
  signal: AbortSignal,
): Promise<'relist' | 'stopped'> {
  let from = resume
  let failures = 0
  const writer = task.sink.events(task.target.scope)
  const handOn = async (step: () => Promise<void>): Promise<void> => {
    signal.throwIfAborted()
    await ofSink(step)
    failures = 0
  }
  const out: EventSink = {
    observe: (resource, by?: Attribution) =>
      handOn(() => writer.observe(resource, by ?? task.attributionOf(task.target.scope, resource.id))),
    gone: (id, by) => handOn(() => writer.gone(id, by ?? task.attributionOf(task.target.scope, id))),
    missed(error: ScanError) {
      task.onFailure(new Error(messageOfError(error)))
    },
    checkpoint(next) {
      if (signal.aborted) return
      from = next
      failures = 0
    },
  }
  while (!signal.aborted) {
    try {
      task.onFollowing()
      const ended = await untilAborted(() => task.source.follow?.(task.target, from, out, signal), signal)
      return ended === aborted ? 'stopped' : 'relist'
    } catch (error) {
      if (signal.aborted) return 'stopped'
      task.onFailure(error)
      await pause(task.clock, backoffMs(++failures, limits, task.random()), signal)
    }
  }
  return 'stopped'
}
