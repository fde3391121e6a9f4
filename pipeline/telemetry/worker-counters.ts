import type { Op } from '../../model/change.ts'
import { type ChangeCounts, countsOf, noChanges } from '../../operators/change-counts.ts'
import { boundsMs, type DurationCounts, Durations } from './durations.ts'
import { type Tally, tally } from './tally.ts'

/** Counters, one number each, to which a worker adds in its inner loop. */
const sums = {
  /** Input records processed, and their bytes. */
  records: 0,
  bytes: 0,
  batches: 0,
  /** Observations whose bytes were those of the last time: never parsed. */
  unchangedRaw: 0,
  /** Observations whose bytes differed and whose canonical hash did not. */
  unchangedCanonical: 0,
  /** Observations that were parsed and compared. */
  compared: 0,
  scansComplete: 0,
  /** Ended by their collector as incomplete. */
  scansIncomplete: 0,
  /** Ended as complete, with another count than was observed: records were lost on the way. */
  scansLost: 0,
  /** Begun, and then abandoned for a newer scan of the same scope. */
  scansAbandoned: 0,
  /** Deletes that the guard held, and their outcomes. */
  deletesHeld: 0,
  holdsConfirmed: 0,
  holdsSeenAgain: 0,
  holdsReleased: 0,
  holdsDropped: 0,
  /** Changes whose maker was named later. */
  attributions: 0,
  /** Look-ups of a key's last document or comparison in memory. */
  cacheHits: 0,
  cacheMisses: 0,
  /** Transactions committed, and the bytes they wrote to the log and its file. */
  commits: 0,
  bytesWritten: 0,
  /** Milliseconds spent working rather than waiting for a batch. */
  busyMs: 0,
  /** Changes too large for a Kafka message, published without some fields. */
  changesReduced: 0,
  /** Changes removed by retention. */
  expired: 0,
  /** Collections of the worker's own heap; see {@link watchHeap}. */
  gcRuns: 0,
  gcMs: 0,
}

type Sums = typeof sums

interface Counted<D extends DurationCounts> extends Sums {
  /** The worker's heap when it was last looked at; a level, so not added up. */
  heapBytes: number
  /** Changes recorded, by op. */
  readonly changes: Record<Op, number>
  /** The same by provider and type, as far as these are kept apart. */
  changesByType: ChangeCounts
  /** Records that can't be used, by reason: `tally(counters.deadLetters, 'not_json')`. */
  readonly deadLetters: Tally
  /** Differences that are no change, and records that do nothing, by reason. */
  readonly suppressed: Tally
  /** Parsing and comparing one resource. */
  readonly diffMs: D
  /** One transaction, from its begin to its return from the disk. */
  readonly commitMs: D
  /** The `COMMIT` in it alone, which is the write and the fsync. */
  readonly fsyncMs: D
}

/**
 * What one worker counts. It adds to the fields as it goes (`counters.unchangedRaw += n`, `counters.diffMs.observe(ms)`,
 * `tally(counters.deadLetters, 'not_json')`), posts them with a message that it sends anyway, and resets them.
 *
 * @example
 * port.postMessage({ report: packReport(counters) })   // unpackReport makes a WorkerReport of the clone
 * resetCounters(counters)
 */
export type WorkerCounters = Counted<Durations>

/** The same numbers on the other side of a thread boundary. */
export type WorkerReport = Readonly<Counted<DurationCounts>>

const sumNames = Object.keys(sums) as readonly (keyof Sums)[]
const ops = ['r', 'c', 'u', 'd'] as const
const durationNames = ['diffMs', 'commitMs', 'fsyncMs'] as const
/** Of one kind of duration: the sum and the counts. */
const durationNumbers = 2 + boundsMs.length

export const createCounters = (): WorkerCounters => ({
  ...sums,
  heapBytes: 0,
  changes: { r: 0, c: 0, u: 0, d: 0 },
  changesByType: noChanges(),
  deadLetters: {},
  suppressed: {},
  diffMs: new Durations(),
  commitMs: new Durations(),
  fsyncMs: new Durations(),
})

/** Adds what was counted elsewhere. */
export function addInto(total: WorkerCounters, report: WorkerReport): void {
  for (const name of sumNames) total[name] += report[name]
  total.heapBytes = report.heapBytes
  for (const op of ops) total.changes[op] += report.changes[op]
  for (const [kind, counts] of Object.entries(report.changesByType)) {
    const into = countsOf(total.changesByType, kind)
    for (const op of ops) into[op] += counts[op]
  }
  for (const [reason, count] of Object.entries(report.deadLetters)) tally(total.deadLetters, reason, count)
  for (const [reason, count] of Object.entries(report.suppressed)) tally(total.suppressed, reason, count)
  total.diffMs.add(report.diffMs)
  total.commitMs.add(report.commitMs)
  total.fsyncMs.add(report.fsyncMs)
}

/** Sets the counters to zero; the heap's size stays. */
export function resetCounters(counters: WorkerCounters): void {
  Object.assign(counters, sums)
  Object.assign(counters.changes, { r: 0, c: 0, u: 0, d: 0 })
  // Not emptied: an object from which members were deleted is looked up slowly ever after.
  counters.changesByType = noChanges()
  for (const names of [counters.deadLetters, counters.suppressed]) for (const name in names) delete names[name]
  counters.diffMs.reset()
  counters.commitMs.reset()
  counters.fsyncMs.reset()
}

/** A report on its way to another thread. Every commit has one, and a clone of forty named numbers and three arrays takes three times as long. */
export interface PackedReport extends Pick<WorkerReport, 'changesByType' | 'deadLetters' | 'suppressed'> {
  readonly numbers: Float64Array
}

const packed = new Float64Array(sumNames.length + 1 + ops.length + durationNames.length * durationNumbers)

/** Valid until the next call: a message is cloned when it is posted. */
export function packReport(counters: WorkerCounters): PackedReport {
  let at = 0
  for (const name of sumNames) packed[at++] = counters[name]
  packed[at++] = counters.heapBytes
  for (const op of ops) packed[at++] = counters.changes[op]
  for (const name of durationNames) {
    packed[at] = counters[name].sumMs
    packed.set(counters[name].counts, at + 1)
    at += durationNumbers
  }
  const { changesByType, deadLetters, suppressed } = counters
  return { numbers: packed, changesByType, deadLetters, suppressed }
}

export function unpackReport({ numbers, ...names }: PackedReport): WorkerReport {
  let at = 0
  const next = (): number => numbers[at++] ?? 0
  const nextDurations = (): DurationCounts => {
    const sumMs = next()
    at += durationNumbers - 1
    return { sumMs, counts: numbers.subarray(at - durationNumbers + 1, at) }
  }
  const values = {} as Sums
  for (const name of sumNames) values[name] = next()
  const heapBytes = next()
  const changes = { r: next(), c: next(), u: next(), d: next() }
  const [diffMs, commitMs, fsyncMs] = [nextDurations(), nextDurations(), nextDurations()]
  return { ...values, heapBytes, changes, ...names, diffMs, commitMs, fsyncMs }
}
