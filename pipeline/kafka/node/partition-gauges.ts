import type { StreamPosition } from '../../alerts/lag-watch.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import type { InputProgress } from '../input/input-progress.ts'

/** Connects the gauges of each partition: whether this node owns it, and how far behind it is. */
export const feedPartitionGauges = (
  telemetry: Telemetry,
  progress: InputProgress,
  controllers: readonly { readonly isOwner: boolean }[],
): void =>
  telemetry.feedPartitions(() =>
    progress.lags.map(({ input, changes }, partition) => ({
      isOwned: controllers[partition]?.isOwner === true,
      inputLag: input,
      changesBehind: changes,
    })),
  )

/** How far the processors of all nodes and this node's copy are, for alerts. */
export const streamsOf = (progress: InputProgress, heads: readonly number[]): StreamPosition[] =>
  progress.lags.flatMap(({ input, changes }, partition) => {
    const [done, head] = [progress.nextOf(partition), heads[partition] ?? 0]
    return [
      { stream: 'the input', partition, done: input === null ? null : done, end: input === null ? null : done + input },
      { stream: "this node's copy", partition, done: head, end: changes === null ? null : head + changes },
    ]
  })
