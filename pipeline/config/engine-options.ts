import { staleAfter } from '../../model/staleness.ts'
import type { EngineOptions } from '../engine-options.ts'
import { longestIntervalMs } from './interval.ts'
import type { Config } from './schema.ts'

/** What the configuration says of the engine. */
export function engineOptions(config: Config): EngineOptions {
  const memory = config.memory_optimization
  return {
    dataDir: config.data_dir,
    partitions: config.partitions,
    workers: config.workers,
    recordBytes: config.limits.record_size,
    batchRecords: memory.resource_batch_size,
    batchBytes: memory.chunk_size,
    maxRecordsUnderWay: memory.max_resources_in_memory,
    maxMemoryBytes: memory.max_memory_usage,
    memory: {
      gcThresholdBytes: memory.gc_threshold,
      backpressureBytes: memory.backpressure_threshold,
      gcIntervalMs: memory.force_gc_interval,
    },
    retention: { ageMs: config.retention.age, bytes: config.retention.size },
    staleAfterMs: staleAfter(longestIntervalMs(config), 0),
    hangMs: config.diff.timeout,
  }
}
