import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { partitionOf } from '../../model/partition.ts'
import type { Scope } from '../../model/scope.ts'
import type { NewTask } from '../../pipeline/embedded/task-queue.ts'
import { PartitionProcessor } from '../../pipeline/partition/partition-processor.ts'
import { SteadyClock } from '../../pipeline/partition/steady-clock.ts'
import type { Task } from '../../pipeline/partition/task.ts'
import { Progress } from '../../pipeline/threads/progress.ts'
import { type DataDir, openDataDir, partitionPath } from '../../storage/data-dir.ts'
import { HistoryPins } from '../../storage/history-pins.ts'
import { openStateReader } from '../../storage/reader/open-state-reader.ts'
import { RecentLog } from '../../storage/recent-log.ts'
import { SettledTimes } from '../../storage/settled-times.ts'
import type { StateReader } from '../../storage/state-reader.ts'

const partitions = 3

/** A clock that a test sets is no clock that jumped. */
const steadyAsSet = () => new SteadyClock({ wall: () => Date.now(), monotonic: () => Date.now() })

/** A driver whose clock stands at a time until {@link PartitionDriver.wait} moves it. */
export function drivenFrom(timeMs: number): PartitionDriver {
  const clock = { nowMs: timeMs }
  const readings = { wall: () => clock.nowMs, monotonic: () => clock.nowMs }
  return new PartitionDriver(undefined, new SteadyClock(readings), (ms) => {
    clock.nowMs += ms
  })
}

/** The processing of all partitions, driven synchronously in one thread: what a worker does, without the thread. */
export class PartitionDriver implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'vaino-test-'))
  readonly #dataDir: DataDir
  readonly #retention
  readonly #clock: SteadyClock
  readonly #pass: (ms: number) => void
  #processors: PartitionProcessor[] = []
  #reader: StateReader | null = null
  #seq = new Array<number>(partitions).fill(0)
  #session = 0
  readonly pins = HistoryPins.create(partitions)
  readonly #settledTimes = SettledTimes.create(partitions)
  /** As the engine has it: rows of commits, as they cross threads. */
  readonly recent = new RecentLog(partitions)

  constructor(
    retention = { ageMs: 1e12, bytes: 1e12 },
    clock = steadyAsSet(),
    pass: (ms: number) => void = () => {
      throw new Error('its clock is the machine’s')
    },
  ) {
    this.#retention = retention
    this.#pass = pass
    this.#clock = clock
    this.#dataDir = openDataDir(this.#folder, partitions)
    this.reopen()
  }

  get reader(): StateReader {
    this.#reader ??= this.openReader(60_000)
    return this.#reader
  }

  /** As a node has it whose sources are read so often. The caller closes it. */
  openReader(staleAfterMs: number): StateReader {
    return openStateReader(this.#folder, this.#dataDir.identity, staleAfterMs, {
      settle: (timeMs) => this.#settledTimes.settle(timeMs, this.#clock.nowMs()),
      recent: this.recent,
    })
  }

  get partitions(): number {
    return partitions
  }

  /** The partitions' files. */
  get paths(): readonly string[] {
    return Array.from({ length: partitions }, (_, p) => partitionPath(this.#folder, p))
  }

  /** As after a crash between two transactions: everything in memory is gone. @param meanwhile what happens to the closed files */
  reopen(meanwhile: () => void = () => {}): void {
    for (const processor of this.#processors) processor[Symbol.dispose]()
    meanwhile()
    this.#session++
    this.#seq.fill(0)
    const { logId, saltHex } = this.#dataDir.identity
    const settings = {
      dataDir: this.#folder,
      logId,
      partitions,
      isNew: true,
      session: String(this.#session),
      saltHex,
      recordBytes: 100_000,
      maxFingerprints: 64,
      pageCacheKiB: 512,
      maxDeadLetters: 1_000,
      transactionBytes: 1e6,
      retention: this.#retention,
      heartbeatMs: 1_000,
      pins: this.pins.buffer,
      settledTimes: this.#settledTimes.buffer,
      logDemand: this.recent.demand.buffer,
    }
    this.#processors = Array.from(
      { length: partitions },
      (_, p) => new PartitionProcessor(settings, p, `${this.#session}`, new Progress(), this.#clock),
    )
  }

  /** Applies records of one scope in one transaction. */
  apply(scope: string, records: readonly (object | string)[]): { changes: number; deadLetters: number } {
    const lines = records.map((record) => (typeof record === 'string' ? record : JSON.stringify(record)))
    return this.applyBytes(scope, Buffer.from(`${lines.join('\n')}\n`))
  }

  applyBytes(scope: string, bytes: Uint8Array): { changes: number; deadLetters: number } {
    const p = partitionOf(scope as Scope, partitions)
    return this.#one(p, { kind: 'records', bytes, source: 'test', lines: null, producer: null, setAside: null })
  }

  release(scope: string, apply: boolean): void {
    this.#one(partitionOf(scope as Scope, partitions), { kind: 'release', scope: scope as Scope, apply })
  }

  wait(minutes: number): void {
    this.#pass(minutes * 60_000)
  }

  expire(): void {
    for (const processor of this.#processors) while (processor.expire());
  }

  [Symbol.dispose](): void {
    for (const processor of this.#processors) processor[Symbol.dispose]()
    this.#reader?.[Symbol.dispose]()
    this.#dataDir[Symbol.dispose]()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #one(p: number, task: NewTask) {
    const processor = this.#processors[p]
    if (!processor) throw new Error(`no partition ${p}`)
    const seq = (this.#seq[p] ?? 0) + 1
    this.#seq[p] = seq
    const [result] = processor.apply([{ ...task, seq } as Task])
    this.recent.committed(p, processor.head, structuredClone(processor.takeRows()))
    if (!result) throw new Error('no result')
    return result
  }
}
