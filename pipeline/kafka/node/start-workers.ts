import { carried } from '../../../runtime/carried.ts'
import type { DataDir } from '../../../storage/data-dir.ts'
import type { HistoryPins } from '../../../storage/history-pins.ts'
import type { SettledTimes } from '../../../storage/settled-times.ts'
import { reportCommits } from '../../assembly/assemble-engine.ts'
import type { PartitionHeads } from '../../assembly/partition-heads.ts'
import type { EngineOptions } from '../../engine-options.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import { WorkerPool } from '../../threads/worker-pool.ts'
import { workerSettings } from '../../threads/worker-settings.ts'
import type { MessageLimits } from '../messages/message-limits.ts'
import type { KafkaOptions } from './kafka-options.ts'
import type { PartitionFailures } from './partition-failures.ts'
import type { KafkaAnswers, KafkaRequest } from './requests.ts'

/**
 * Input that shares a Kafka transaction, in bytes. Half of it makes the round trips cost a tenth more; more of it costs memory in
 * each partition and saves nothing measurable (`npm run bench -- kafka`).
 */
export const transactionBytes = 2 * 1024 * 1024

interface WorkersFor {
  readonly dataDir: DataDir
  readonly heads: PartitionHeads
  readonly settledTimes: SettledTimes
  readonly pins: HistoryPins
}

/** Starts the worker threads of a node. */
export function startWorkers(
  options: EngineOptions,
  { prefix, encoding }: KafkaOptions,
  { maxChangeBytes, maxStateBytes, maxBatchBytes }: MessageLimits,
  { dataDir, heads, settledTimes, pins }: WorkersFor,
  failures: PartitionFailures,
  telemetry: Telemetry,
): WorkerPool<KafkaRequest, KafkaAnswers> {
  const messages = { prefix, encoding, maxChangeBytes, maxStateBytes, maxBatchBytes }
  const workers: WorkerPool<KafkaRequest, KafkaAnswers> = new WorkerPool(
    {
      entry: carried?.workers.kafka ?? new URL('./worker.ts', import.meta.url),
      // Dead letters go to their topic, none to the files.
      settings: {
        ...workerSettings(options, dataDir, settledTimes, pins),
        messages,
        maxDeadLetters: 0,
        transactionBytes,
      },
      workers: options.workers,
      partitions: options.partitions,
      hangMs: options.hangMs,
      bounded: new Set(['prepare', 'remember', 'replicate']),
    },
    {
      started: () => undefined,
      committed: reportCommits(telemetry, heads, () => workers.size),
      failed: (partition, error) => failures.failed('owning', partition, error),
      lost: (worker, reason, error) => telemetry.emit('worker_lost', { worker, reason, error }),
    },
  )
  workers.start()
  return workers
}
