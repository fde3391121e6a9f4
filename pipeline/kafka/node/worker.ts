import { runWorker } from '../../threads/run-worker.ts'
import { NodePartitions } from './node-partitions.ts'
import type { KafkaWorkerSettings } from './requests.ts'

runWorker((settings: KafkaWorkerSettings, worker) => new NodePartitions(settings, worker))
