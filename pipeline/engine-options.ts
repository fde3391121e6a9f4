import { cpus } from 'node:os'
import type { MemorySettings } from './intake/memory-watch.ts'

/** What an engine is opened with; from the configuration, see `config/engine-options.ts`. */
export interface EngineOptions {
  readonly dataDir: string
  readonly partitions: number
  /** Worker threads. */
  readonly workers: number
  /** Maximum bytes of an input record. */
  readonly recordBytes: number
  /** A collector's parcel is sent when it holds this many records or bytes. */
  readonly batchRecords: number
  readonly batchBytes: number
  /** Maximum records that were let in and are not committed yet. */
  readonly maxRecordsUnderWay: number
  /** The bound on memory from which all others are derived. */
  readonly maxMemoryBytes: number
  readonly memory: MemorySettings
  /** Of all partitions together. */
  readonly retention: { readonly ageMs: number; readonly bytes: number }
  /** A scope whose last complete scan is older is stale, where that scan did not say how often the scope is read. */
  readonly staleAfterMs: number
  /** A worker that is silent for this long is replaced. */
  readonly hangMs: number
}

/** The configuration's defaults, for callers that read none; a test compares the two. */
export const defaultEngineOptions: Omit<EngineOptions, 'dataDir'> = {
  partitions: 8,
  workers: Math.min(cpus().length, 8),
  recordBytes: 20 * 1024 * 1024,
  batchRecords: 100,
  batchBytes: 1024 * 1024,
  maxRecordsUnderWay: 10_000,
  maxMemoryBytes: 524_288_000,
  memory: { gcThresholdBytes: 367_001_600, backpressureBytes: 419_430_400, gcIntervalMs: 30_000 },
  retention: { ageMs: 30 * 86_400_000, bytes: 8 * 1024 ** 3 },
  staleAfterMs: 90_000,
  hangMs: 30_000,
}
