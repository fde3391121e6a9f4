import type { VainoError } from '../../model/errors.ts'
import { partitionOf } from '../../model/partition.ts'
import { createRedactor } from '../../model/redaction.ts'
import { openDataDir } from '../../storage/data-dir.ts'
import { openStateReader } from '../../storage/reader/open-state-reader.ts'
import { RecentLog } from '../../storage/recent-log.ts'
import { SettledTimes } from '../../storage/settled-times.ts'
import { assembleEngine, reportCommits } from '../assembly/assemble-engine.ts'
import { PartitionHeads } from '../assembly/partition-heads.ts'
import { Baselines } from '../baselines/baselines.ts'
import type { EngineOptions } from '../engine-options.ts'
import { Intake } from '../intake/intake.ts'
import { watchMemory } from '../intake/memory-watch.ts'
import { embeddedTransport } from '../intake/transport.ts'
import { settling } from '../partition/settling.ts'
import type { RunningEngine } from '../running-engine.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { workerSettings } from '../threads/worker-settings.ts'
import { embeddedIngest } from './embedded-ingest.ts'
import { TaskDispatcher } from './task-dispatcher.ts'

/**
 * Opens the data directory, starts the workers and resolves when every partition has its owner.
 * @throws VainoError `data_dir_in_use`, `storage_full`, `storage_failed`, `storage_damaged`, `internal` when a worker doesn't start
 */
export async function openEngine(options: EngineOptions, telemetry: Telemetry): Promise<RunningEngine> {
  await using opening = new AsyncDisposableStack()
  const dataDir = opening.use(openDataDir(options.dataDir, options.partitions))
  const { identity } = dataDir
  const { partitions } = identity
  const damaged = Promise.withResolvers<VainoError>()

  // Closes after the workers, whose last commits are still read.
  const reading = opening.use(new DisposableStack())
  const heads = new PartitionHeads(partitions)
  const settledTimes = SettledTimes.create(partitions)
  const recent = new RecentLog(partitions)
  // Before the workers start: from then on retention runs.
  const baselines = new Baselines(options.dataDir, identity)
  const workers: TaskDispatcher = opening.use(
    new TaskDispatcher(
      workerSettings(options, dataDir, settledTimes, baselines.pins, recent.demand),
      options.workers,
      options.hangMs,
      {
        committed: reportCommits(telemetry, heads, () => workers.size, recent),
        // A worker that was lost after its commit could not report it; its replacement does, by the head of the file.
        partitionOpened(partition, head) {
          recent.committed(partition, head, [])
          heads.advance(partition, head)
        },
        workerReady: (worker, ms) => telemetry.emit('worker_ready', { worker, duration_ms: ms }),
        workerLost: (worker, reason, error) => telemetry.emit('worker_lost', { worker, reason, error }),
        partitionFailed(partition, error) {
          telemetry.emit('storage_failed', { error: `partition ${partition}: ${error.message}` })
          if (!error.canRetry) damaged.resolve(error)
        },
      },
    ),
  )
  await workers.whenOpen()
  dataDir.settle()
  const reader = reading.use(
    openStateReader(options.dataDir, identity, options.staleAfterMs, {
      settle: settling(settledTimes),
      onDamage: damaged.resolve,
      recent,
    }),
  )
  heads.load(reader.head())

  const intake = new Intake({ ...options, partitions }, telemetry)
  const transport = embeddedTransport(workers, intake.permits, intake.waited)
  opening.use(watchMemory([intake.permits], options.memory))
  const all = opening.move()
  return assembleEngine(
    {
      intake,
      transport,
      ingest: embeddedIngest(intake, transport, reader, partitions),
      async release(scope, apply) {
        const { settled } = await workers.submit(partitionOf(scope, partitions), { kind: 'release', scope, apply })
        return (await settled).released
      },
      async forget({ scope }) {
        const { settled } = await workers.submit(partitionOf(scope, partitions), { kind: 'forget', scope })
        return (await settled).released
      },
      workers,
      heads,
      reader,
      baselines,
      isShared: false,
      redactor: createRedactor(Buffer.from(identity.saltHex, 'hex')),
      publishDrift: null,
      ownAlerts: null,
      // Who sends waits for the commit: nothing is let in that could wait for long.
      streams: () => [],
      deadLetters: async (limit, page, maxBytes) => reader.deadLetters(limit, page, maxBytes),
      problems: () => workers.problems,
      damaged: damaged.promise,
      close: () => all.disposeAsync(),
    },
    telemetry,
  )
}
