import { runWorker } from '../threads/run-worker.ts'
import type { WorkerSettings } from '../threads/worker-settings.ts'
import { EmbeddedPartitions } from './embedded-partitions.ts'

runWorker((settings: WorkerSettings, worker) => new EmbeddedPartitions(settings, worker))
