import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type OperatorFunction, of } from 'rxjs'
import type { ScopeState } from '../model/partition-state.ts'
import type { Scope } from '../model/scope.ts'
import { openPartitionEngine, type PartitionEngine } from '../pipeline/partition/partition-engine.ts'
import type { WorkerSettings } from '../pipeline/threads/worker-settings.ts'
import { type DataDir, openDataDir, partitionPath } from '../storage/data-dir.ts'
import { HistoryPins } from '../storage/history-pins.ts'
import { SettledTimes } from '../storage/settled-times.ts'
import type { Batch, InputBatch, OperatorContext } from './batch.ts'
import { idText } from './compare.ts'

export const scope = 'push/-/-/things' as Scope
export const recordBytes = 10_000
export const nowMs = Date.parse('2026-01-02T03:04:05Z')

/** A record as the collectors lay it out: the resource last, its id first. */
export const observed = (id: string, rest: object = {}, envelope: object = {}) => ({
  ...{ kind: 'observed', scope, ...envelope },
  resource: { id, type: 'thing', provider: 'push', ...rest },
})

export const begin = (scan: string, rest: object = {}) => ({ kind: 'scan.begin', scope, scan, ...rest })
export const end = (scan: string, count: number, rest: object = {}) => ({
  ...{ kind: 'scan.end', scope, scan, complete: true, count, ...rest },
})
export const gone = (id: string) => ({ kind: 'gone', scope, id })

/** Records as the input of one partition; a text is a line as it stands. */
export const input = (...records: readonly (object | string)[]): InputBatch => ({
  bytes: Buffer.from(records.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join('\n')),
  source: 'test',
  lines: null,
})

export const idsOf = (batch: Batch): string[] =>
  Array.from({ length: batch.observed.length }, (_, index) => idText(batch, { index }) ?? '(escaped)')

/** The ids of what is still to be looked at. */
export const candidatesOf = (batch: Batch): string[] => batch.candidates.map((one) => idText(batch, one) ?? '(escaped)')

/** Applies input to one operator, behind the operators that come before it. */
export type Step = (context: OperatorContext) => OperatorFunction<InputBatch, Batch>

export interface Letter {
  readonly reason: string
  readonly detail: string
  readonly source: string
  readonly preview: string
}

/** One partition with a real file, the only one of its deployment, for the operators to work on. */
export class TestPartition implements Disposable {
  readonly letters: Letter[] = []
  readonly holds: { deletes: number; of: number }[] = []
  readonly #folder = mkdtempSync(join(tmpdir(), 'vaino-operator-'))
  readonly #dataDir: DataDir
  readonly #settings: WorkerSettings
  #engine: PartitionEngine

  constructor({ partitions = 1, maxFingerprints = 64 } = {}) {
    this.#dataDir = openDataDir(this.#folder, 1)
    this.#settings = {
      ...{ dataDir: this.#folder, logId: this.#dataDir.identity.logId, partitions, isNew: true, session: 's' },
      ...{ saltHex: '00', recordBytes, maxFingerprints, pageCacheKiB: 512, maxDeadLetters: 9, transactionBytes: 1e6 },
      retention: { ageMs: 1e12, bytes: 1e12 },
      pins: HistoryPins.create(1).buffer,
      settledTimes: SettledTimes.create(1).buffer,
    }
    this.#engine = this.#open()
  }

  get context(): OperatorContext {
    return {
      ...this.#engine.context,
      deadLetter: (reason, detail, source, preview) => this.letters.push({ reason, detail, source, preview }),
      held: (_, deletes, of) => this.holds.push({ deletes, of }),
    }
  }

  /** Opens the file again, as the next process does. @param change what happened to the file meanwhile */
  reopen(change: (db: DatabaseSync) => void): void {
    this.#engine.partition[Symbol.dispose]()
    const db = new DatabaseSync(partitionPath(this.#folder, 0))
    change(db)
    db.close()
    this.#engine = this.#open()
  }

  #open(): PartitionEngine {
    const engine = openPartitionEngine(this.#settings, 0, 'test', null)
    engine.setNow(nowMs)
    return engine
  }

  get counters() {
    return this.#engine.counters
  }
  /** Recorded changes. */
  get head(): number {
    return this.#engine.partition.head
  }

  transaction<T>(work: () => T): T {
    return this.#engine.partition.transaction(nowMs, work)
  }

  /** The whole chain, as in production. */
  apply(...records: readonly (object | string)[]): void {
    this.transaction(() => this.#engine.chain(input(...records)))
  }

  /** What comes out of a step for these records, read while it comes out: a batch is only good until the next one. */
  run<T>(step: Step, read: (batch: Batch) => T, ...inputs: readonly InputBatch[]): T[] {
    const out: T[] = []
    let failure: { readonly error: unknown } | null = null
    this.transaction(() => {
      of(...inputs)
        .pipe(step(this.context))
        .subscribe({ next: (batch) => out.push(read(batch)), error: (error: unknown) => (failure = { error }) })
      if (failure !== null) throw (failure as { error: unknown }).error
    })
    return out
  }

  /** The scope as it is now. */
  scope(of: Scope = scope): ScopeState {
    const found = this.context.state.knownScope(of)
    if (found === null) throw new Error(`${of} is not known`)
    return found
  }

  /** A resource and its document; null where it isn't live. */
  live(id: string): { version: number; condition: string; document: Record<string, unknown> } | null {
    const { state } = this.context
    const found = state.find(this.scope(), id)
    if (found === null || found.condition === 'deleted') return null
    return { version: found.version, condition: found.condition, document: JSON.parse(state.document(found)) }
  }

  [Symbol.dispose](): void {
    this.#engine.partition[Symbol.dispose]()
    this.#dataDir[Symbol.dispose]()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
