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
