import { createRedactor } from '../../model/redaction.ts'
import type { OperatorContext } from '../../operators/batch.ts'
import type { LogRow } from '../../storage/change-row.ts'
import { partitionPath } from '../../storage/data-dir.ts'
import { Partition } from '../../storage/partition/partition.ts'
import { LogDemand, WrittenRows } from '../../storage/recent-log.ts'
import type { ReplicaListener } from '../../storage/replica.ts'
import { SettledTimes } from '../../storage/settled-times.ts'
import { tally } from '../telemetry/tally.ts'
import { createCounters, type WorkerCounters } from '../telemetry/worker-counters.ts'
import type { Hold } from '../threads/protocol.ts'
import type { WorkerSettings } from '../threads/worker-settings.ts'
import { createChain } from './chain.ts'
import { LetterLimit, type Rejected } from './letter-limit.ts'

const previewLength = 200

/** Publishes the partition's changes, states and dead letters to the topics, besides the file. */
export interface SharedLog extends ReplicaListener {
  letter(letter: Rejected): void
}

/** A partition's file with its operators, their counters and holds. */
export interface PartitionEngine {
  readonly partition: Partition
  readonly context: OperatorContext
  readonly counters: WorkerCounters
  readonly chain: ReturnType<typeof createChain>
  /** The stamp of the transaction that has begun. */
  setNow(ms: number): void
  /** Number of dead letters since it was opened. */
  readonly refused: number
  /** A parcel or message has ended: the limit of dead letters starts anew with the next one. */
  endLetters(): void
  /** The holds that began since the last call. */
  takeHolds(): readonly Hold[]
  /** The rows of the last transaction, for those who follow the log. */
  takeRows(): readonly LogRow[]
}

/**
 * @param log publishes to Kafka's topics; null for the embedded transport
 * @param working called repeatedly while a transaction runs
 */
export function openPartitionEngine(
  settings: WorkerSettings,
  partition: number,
  owner: string,
  log: SharedLog | null,
  working: () => void = () => {},
): PartitionEngine {
  const counters = createCounters()
  let nowMs = 0
  let refused = 0
  let holds: Hold[] = []
  const writtenRows = settings.logDemand === undefined ? null : new WrittenRows(LogDemand.over(settings.logDemand))
  const file = new Partition(
    {
      path: partitionPath(settings.dataDir, partition),
      logId: settings.logId,
      partition,
      maxFingerprints: settings.maxFingerprints,
      pageCacheKiB: settings.pageCacheKiB,
      maxDeadLetters: settings.maxDeadLetters,
      saltHex: settings.saltHex,
      isCopy: log !== null,
      settledTimes: SettledTimes.over(settings.settledTimes),
      ...(writtenRows === null ? {} : { writtenRows }),
    },
    owner,
    log,
  )
  const redactor = createRedactor(Buffer.from(settings.saltHex, 'hex'), working)
  const limit = new LetterLimit(({ reason, detail, source, preview }) => {
    const redacted = {
      source: redactor.redactText(source),
      detail: redactor.redactText(detail),
      preview: redactor.redactText(preview).slice(0, previewLength),
    }
    if (log !== null) log.letter({ reason, ...redacted })
    else if (settings.maxDeadLetters > 0) file.deadLetter(reason, redacted.detail, redacted.source, redacted.preview)
  })
  const context: OperatorContext = {
    state: file,
    deadLetter(reason, detail, source, preview) {
      working()
      refused++
      tally(counters.deadLetters, reason)
      // The limit holds for a message, whose source is its offset, or for a whole parcel, in which each line is a source.
      limit.add(log === null ? '' : source, { reason, detail, source, preview })
    },
    redactor,
    redactedAfter: file.head,
    counters,
    partition,
    partitions: settings.partitions,
    limits: { recordBytes: settings.recordBytes },
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
    get refused() {
      return refused
    },
    endLetters: () => limit.end(),
    takeRows: () => writtenRows?.take() ?? [],
    takeHolds() {
      const began = holds
      holds = []
      return began
    },
  }
}
