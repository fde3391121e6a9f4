import { dropUnmatched } from '../../operators/attribute.ts'
import type { InputBatch } from '../../operators/batch.ts'
import { forgetScope, releaseHold } from '../../operators/reconcile.ts'
import type { LogRow } from '../../storage/change-row.ts'
import { HistoryPins } from '../../storage/history-pins.ts'
import { resetCounters, type WorkerCounters } from '../telemetry/worker-counters.ts'
import { Progress } from '../threads/progress.ts'
import type { Hold } from '../threads/protocol.ts'
import type { WorkerSettings } from '../threads/worker-settings.ts'
import { AppliedTasks } from './applied-tasks.ts'
import { openPartitionEngine, type PartitionEngine } from './partition-engine.ts'
import { setAside } from './poisoned-record.ts'
import { SteadyClock } from './steady-clock.ts'
import type { ProducerMark, Task, TaskResult } from './task.ts'

/** Processes one partition: applies tasks in transactions and remembers, in the same transactions, which ones it has applied. */
export class PartitionProcessor implements Disposable {
  readonly #settings: WorkerSettings
  readonly #engine: PartitionEngine
  readonly #applied: AppliedTasks
  readonly #progress: Progress
  readonly #number: number
  readonly #clock: SteadyClock
  /** Called with records before they are processed; for tests of recovery. */
  onRecords: (bytes: Uint8Array) => void = () => {}

  constructor(
    settings: WorkerSettings,
    partition: number,
    owner: string,
    progress = new Progress(),
    clock = new SteadyClock(),
  ) {
    this.#settings = settings
    this.#clock = clock
    this.#progress = progress
    this.#number = partition
    this.#engine = openPartitionEngine(settings, partition, owner, null, () => progress.beat())
    this.#applied = new AppliedTasks(settings.session, this.#engine.partition.meta.get('input'))
  }

  get counters(): WorkerCounters {
    return this.#engine.counters
  }
  get applied(): number {
    return this.#applied.seq
  }
  get results(): readonly TaskResult[] {
    return this.#applied.results
  }
  get head(): number {
    return this.#engine.partition.head
  }

  /**
   * Applies tasks, whose sequence numbers go on from {@link applied}, in one transaction and returns when it is on the disk. When
   * this throws, nothing was applied and this processor must be disposed: its memory may be ahead of the file.
   */
  apply(tasks: readonly Task[]): TaskResult[] {
    const startedAt = performance.now()
    const { hits, misses } = this.#engine.partition.cache
    const done = this.#engine.partition.transaction(this.#clock.nowMs(), (stampMs) => {
      this.#engine.setNow(stampMs)
      const results = tasks.map((task) => {
        this.#progress.beginTask(this.#number, task.seq)
        return this.#applyOne(task)
      })
      this.#progress.endTask()
      this.#applied.add(results)
      this.#engine.partition.meta.set('input', this.#applied.toJson())
      return results
    })
    const { counters } = this
    counters.commits++
    counters.bytesWritten += this.#engine.partition.takeBytesWritten()
    counters.cacheHits += this.#engine.partition.cache.hits - hits
    counters.cacheMisses += this.#engine.partition.cache.misses - misses
    counters.fsyncMs.observe(this.#engine.partition.lastCommitMs)
    counters.commitMs.observe(performance.now() - startedAt)
    return done
  }

  /** Moves the retention floor by one step if age or size require it; steps are small, so that tasks don't wait long. @returns whether more is to be dropped */
  expire(): boolean {
    const { ageMs, bytes } = this.#settings.retention
    const notAfterMs = this.#clock.retentionNowMs(ageMs) - ageMs
    return this.#engine.partition.transaction(this.#clock.nowMs(), (stampMs) => {
      this.#engine.setNow(stampMs)
      dropUnmatched(this.#engine.context)
      const before = this.#engine.partition.floor
      const more = this.#engine.partition.expire(notAfterMs, bytes, HistoryPins.over(this.#settings.pins))
      this.counters.expired += this.#engine.partition.floor - before
      return more
    })
  }

  /** The holds that began since the last call. */
  takeHolds(): readonly Hold[] {
    return this.#engine.takeHolds()
  }

  /** The rows of the last transaction, for those who follow the log. */
  takeRows(): readonly LogRow[] {
    return this.#engine.takeRows()
  }

  resetCounters(): void {
    resetCounters(this.counters)
  }

  [Symbol.dispose](): void {
    this.#engine.partition[Symbol.dispose]()
  }

  #applyOne(task: Task): TaskResult {
    const changesBefore = this.#engine.partition.head
    const recordsBefore = this.counters.records
    const attributionsBefore = this.counters.attributions
    const refusedBefore = this.#engine.refused
    let released = 0
    let refusedRecords = 0
    switch (task.kind) {
      case 'records':
        if (task.producer === null || this.#advance(task.producer)) {
          this.counters.batches++
          if (task.setAside === null) this.#take(task)
          else this.#takeOneByOne(task, task.setAside)
        }
        break
      case 'dead_letter': {
        if (task.producer !== null && !this.#advance(task.producer)) break
        const { reason, detail, source, preview } = task
        this.#engine.context.deadLetter(reason, detail, source, preview)
        refusedRecords = 1
        break
      }
      case 'mark':
        this.#advance(task.producer)
        break
      case 'release': {
        const scope = this.#engine.partition.knownScope(task.scope)
        if (scope !== null) released = releaseHold(this.#engine.context, scope, task.apply)
        break
      }
      case 'forget': {
        const scope = this.#engine.partition.knownScope(task.scope)
        if (scope !== null) released = forgetScope(this.#engine.context, scope)
      }
    }
    this.#engine.endLetters()
    return {
      seq: task.seq,
      // What is refused before it is read is a record of its sender all the same.
      records: this.counters.records - recordsBefore + refusedRecords,
      // Who made a change is an entry of the log, and no change.
      changes: this.#engine.partition.head - changesBefore - (this.counters.attributions - attributionsBefore),
      deadLetters: this.#engine.refused - refusedBefore,
      released,
    }
  }

  #take(input: InputBatch): void {
    this.onRecords(input.bytes)
    this.#engine.chain(input)
  }

  /** Isolation, after workers died at these records: each that is poison becomes a dead letter, the others are applied one by one. */
  #takeOneByOne({ bytes, source, lines }: InputBatch, deadly: readonly number[]): void {
    let number = 0
    for (let start = 0; start < bytes.length; ) {
      const newline = bytes.indexOf(10, start)
      const end = newline < 0 ? bytes.length : newline
      const line = lines?.at(number) ?? number + 1
      this.#progress.beginRecord(++number)
      const record = bytes.subarray(start, end)
      if (deadly.includes(number)) setAside(this.#engine.context, record, `${source} line ${line}`)
      else this.#take({ bytes: record, source, lines: Uint32Array.of(line) })
      start = end + 1
    }
  }

  /** Notes a producer's mark; false where this one or a later one is noted already. */
  #advance(mark: ProducerMark): boolean {
    const noted = this.#engine.partition.producer(mark.id)
    if (noted !== null && compareMarks(noted, mark) >= 0) return false
    this.#engine.partition.setProducer(mark, this.#engine.context.nowMs())
    return true
  }
}

const compareMarks = (a: Omit<ProducerMark, 'id'>, b: Omit<ProducerMark, 'id'>): number =>
  a.epoch - b.epoch || a.seq - b.seq || a.part - b.part
