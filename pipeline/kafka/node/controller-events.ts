import type { PartitionHeads } from '../../assembly/partition-heads.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import type { InputProgress } from '../input/input-progress.ts'
import type { ControllerEvents } from '../owner/partition-controller.ts'
import type { PartitionFailures } from './partition-failures.ts'

/** What a node does with what happens to its partitions: it logs, counts, and notes progress and failures. */
export const controllerEvents = (
  telemetry: Telemetry,
  heads: PartitionHeads,
  progress: InputProgress,
  failures: PartitionFailures,
): ControllerEvents => ({
  reading: (partition) => failures.works('owning', partition),
  processed: (partition, next, head) => progress.processed(partition, next, head),
  transacted: (partition, ms) => telemetry.emit('transaction_committed', { partition, duration_ms: ms }),
  followed: (partition, head) => heads.advance(partition, head),
  deadly: (partition, { topic, from, until, deaths, pauseMs }) =>
    telemetry.emit('deadly_message', { partition, topic, from, until, deaths, pause_ms: pauseMs }),
  rebuilding: (partition, reason) => telemetry.emit('partition_rebuilding', { partition, reason }),
  foreign: (partition, { isFirst, ...found }) =>
    telemetry.emit(isFirst ? 'foreign_messages' : 'more_foreign_messages', { partition, ...found }),
  caughtUp: (partition) => failures.works('following', partition),
  failed: (partition, error) => failures.failed('following', partition, error),
  positionForgotten: (partition, next) => telemetry.emit('position_forgotten', { partition, next }),
  died: (partition, { from, until }, deaths) => telemetry.emit('died_at_input', { partition, from, until, deaths }),
  inputLost(partition, from, { earliest, latest }) {
    if (latest >= from) telemetry.emit('input_lost', { partition, from, earliest })
    else if (!progress.recreated(partition, from)) telemetry.emit('input_recreated', { partition })
  },
})
