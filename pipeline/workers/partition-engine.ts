import { createRedactor } from '../../model/redaction.ts'
import type { OperatorContext } from '../../operators/batch.ts'
import { partitionPath } from '../../storage/data-dir.ts'
import { Partition } from '../../storage/partition/partition.ts'
import type { ReplicaListener } from '../../storage/replica.ts'
import { createChain } from '../chain.ts'
import { tally } from '../telemetry/tally.ts'
import { createCounters, type WorkerCounters } from '../telemetry/worker-counters.ts'
import type { Hold, WorkerSettings } from './protocol.ts'

/** A dead letter on its way; `detail` and `preview` are redacted. */
export interface Letter {
  readonly reason: string
  readonly detail: string
  readonly source: string
  readonly preview: string
}

/** A partition's file with the operators that work on it, and what they told by the way. */
export interface PartitionEngine {
  readonly partition: Partition
  readonly context: OperatorContext
  readonly counters: WorkerCounters
  readonly chain: ReturnType<typeof createChain>
  /** The time that the next transaction is stamped with. */
  setNow(ms: number): void
  /** Since the last call. */
  takeLetters(): readonly Letter[]
  takeHolds(): readonly Hold[]
}

/**
 * @param listener is told what is done, where the log is Kafka's; then holds are released by records
 * @param working is called while a transaction goes on
 */
export function openPartitionEngine(
  settings: WorkerSettings,
  partition: number,
  owner: string,
  listener: ReplicaListener | null,
  working: () => void = () => {},
): PartitionEngine {
  const counters = createCounters()
  let nowMs = 0
  let letters: Letter[] = []
  let holds: Hold[] = []
  const file = new Partition(
    {
      path: partitionPath(settings.dataDir, partition),
      logId: settings.logId,
      partition,
      maxFingerprints: settings.maxFingerprints,
      pageCacheKiB: settings.pageCacheKiB,
      maxDeadLetters: settings.maxDeadLetters,
      isCopy: listener !== null,
    },
    owner,
    listener,
  )
  const context: OperatorContext = {
    state: file,
    deadLetter(reason, detail, source, preview) {
      letters.push({ reason, detail, source, preview })
      tally(counters.deadLetters, reason)
      if (settings.maxDeadLetters > 0) file.deadLetter(reason, detail, source, preview)
    },
    redactor: createRedactor(Buffer.from(settings.saltHex, 'hex')),
    counters,
    partition,
    partitions: settings.partitions,
    limits: { recordBytes: settings.recordBytes },
    releases: listener !== null,
    held: (scope, deletes, of) => void holds.push({ scope, deletes, of }),
    working,
    nowMs: () => nowMs,
  }
  return {
    partition: file,
    context,
    counters,
    chain: createChain(context),
    setNow: (ms) => {
      nowMs = ms
    },
    takeLetters() {
      const taken = letters
      letters = []
      return taken
    },
    takeHolds() {
      const taken = holds
      holds = []
      return taken
    },
  }
}
