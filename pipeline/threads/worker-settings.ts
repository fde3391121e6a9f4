import type { DataDir } from '../../storage/data-dir.ts'
import type { HistoryPins } from '../../storage/history-pins.ts'
import type { LogDemand } from '../../storage/recent-log.ts'
import type { SettledTimes } from '../../storage/settled-times.ts'
import type { EngineOptions } from '../engine-options.ts'

/** What a worker thread is started with. */
export interface WorkerSettings {
  readonly dataDir: string
  readonly logId: string
  readonly partitions: number
  /** The data directory was made by this process: the partitions' files may not be there yet. */
  readonly isNew: boolean
  /** Names this run of the process: the sequence numbers of tasks count within it. */
  readonly session: string
  /** The deployment's secret for redaction, hex. */
  readonly saltHex: string
  /** Maximum bytes of an input record. */
  readonly recordBytes: number
  /** Maximum fingerprints in memory, for each partition. */
  readonly maxFingerprints: number
  /** Page cache of each partition's file. */
  readonly pageCacheKiB: number
  /** Maximum dead letters in a partition's file, the newest; 0 where they are stored elsewhere. */
  readonly maxDeadLetters: number
  /** Bytes of queued records that share one transaction, and so one fsync. */
  readonly transactionBytes: number
  /** For each partition. */
  readonly retention: { readonly ageMs: number; readonly bytes: number }
  /** The memory of {@link HistoryPins}. */
  readonly pins: SharedArrayBuffer
  /** The memory of {@link SettledTimes}. */
  readonly settledTimes: SharedArrayBuffer
  /** The memory of {@link LogDemand}; absent where rows are not handed over with commits. */
  readonly logDemand?: SharedArrayBuffer
}

const maxDeadLettersPerPartition = 10_000
/** One fingerprint in memory. */
const fingerprintBytes = 20
const minPageCacheKiB = 512

/** The settings of an engine's workers: fingerprints take an eighth of the memory, the files' page caches another eighth. */
export function workerSettings(
  options: EngineOptions,
  { isNew, identity: { logId, saltHex, partitions } }: Pick<DataDir, 'isNew' | 'identity'>,
  settledTimes: SettledTimes,
  pins: HistoryPins,
  demand?: LogDemand,
): WorkerSettings {
  const share = options.maxMemoryBytes / 8 / partitions
  return {
    dataDir: options.dataDir,
    logId,
    partitions,
    isNew,
    session: crypto.randomUUID(),
    saltHex,
    recordBytes: options.recordBytes,
    maxFingerprints: Math.floor(share / fingerprintBytes),
    pageCacheKiB: Math.max(minPageCacheKiB, Math.floor(share / 1024)),
    maxDeadLetters: maxDeadLettersPerPartition,
    transactionBytes: 8 * 1024 * 1024,
    retention: { ageMs: options.retention.ageMs, bytes: options.retention.bytes / partitions },
    pins: pins.buffer,
    settledTimes: settledTimes.buffer,
    ...(demand === undefined ? {} : { logDemand: demand.buffer }),
  }
}
