import { createRedactor } from '../../model/redaction.ts'
import type { OperatorContext } from '../../operators/batch.ts'
import { partitionPath } from '../../storage/data-dir.ts'
import { Partition } from '../../storage/partition/partition.ts'
import type { ReplicaListener } from '../../storage/replica.ts'
import { tally } from '../telemetry/tally.ts'
import { createCounters, type WorkerCounters } from '../telemetry/worker-counters.ts'
import type { Hold } from '../threads/protocol.ts'
import type { WorkerSettings } from '../threads/worker-settings.ts'
import { createChain } from './chain.ts'
import { LetterLimit, type Rejected } from './letter-limit.ts'

const previewLength = 200

/** Where what is done is told, beside the file. */
export interface SharedLog extends ReplicaListener {
  letter(letter: Rejected): void
}

/** A partition's file with the operators that work on it, and what they told by the way. */
export interface PartitionEngine {
  readonly partition: Partition
  readonly context: OperatorContext
  readonly counters: WorkerCounters
  readonly chain: ReturnType<typeof createChain>
  /** The time that the next transaction is stamped with. */
  setNow(ms: number): void
  /** So many records could not be used, since it was opened. */
  readonly refused: number
  /** What was sent together is at its end: what comes next has letters of its own. */
  endLetters(): void
  /** Since the last call. */
  takeHolds(): readonly Hold[]
}

/**
 * @param log Kafka's, if it is the truth: what is done is published there
 * @param working is called while a transaction goes on
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
  const file = new Partition(
    {
      path: partitionPath(settings.dataDir, partition),
      logId: settings.logId,
      partition,
      maxFingerprints: settings.maxFingerprints,
      pageCacheKiB: settings.pageCacheKiB,
      maxDeadLetters: settings.maxDeadLetters,
      isCopy: log !== null,
    },
    owner,
    log,
  )
  const redactor = createRedactor(Buffer.from(settings.saltHex, 'hex'))
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
      // What a topic's message holds has its offset for a source; in a parcel each line is another.
      limit.add(log === null ? '' : source, { reason, detail, source, preview })
    },
    redactor,
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
    takeHolds() {
      const taken = holds
      holds = []
      return taken
    },
  }
}
