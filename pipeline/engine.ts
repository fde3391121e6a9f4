import type { Cursor } from '../model/cursor.ts'
import type { DeadLetterReason } from '../model/partition-state.ts'
import type { Scope } from '../model/scope.ts'
import type { DeadLetter, ScopeStatus } from '../model/status.ts'
import type { Page, StateReader } from '../storage/state-reader.ts'
import type { Baselines } from './baselines/baselines.ts'

/** The sender of numbered requests: a repeated request is not applied twice. */
export interface Producer {
  readonly id: string
  readonly epoch: number
  readonly seq: number
}

/** Why a record of a request can't be used. */
export interface Refusal {
  /** From 1. */
  readonly line: number
  readonly reason: DeadLetterReason
  readonly detail: string
}

export interface IngestResult {
  /** `duplicate`: this producer's sequence number was committed before; nothing was applied. */
  readonly outcome: 'committed' | 'duplicate'
  readonly records: number
  /** Null with Kafka, where records of many senders are processed together. */
  readonly changes: number | null
  readonly deadLetters: number | null
  /** The first record that can't be used by itself. Absent: there is none, or only what is known of its scope refuses it. */
  readonly firstRefusal?: Refusal
  /** Contains everything that was ingested. */
  readonly cursor: Cursor
}

export interface EngineHealth {
  /** Every partition is owned by a worker that answers, and writes succeed. */
  readonly ready: boolean
  /** What is wrong, one line each; empty when ready. */
  readonly problems: readonly string[]
}

/** What the API and the CLI stand on: one running pipeline over one data directory. */
export interface Engine extends AsyncDisposable {
  readonly reader: StateReader
  readonly baselines: Baselines
  /** With Kafka this node's files follow the topics, so another node may have issued a cursor that is not here yet. */
  readonly isShared: boolean
  /**
   * Applies NDJSON input records (DESIGN §5.2) and resolves when all their effects are committed and fsynced. Lines that
   * can't be used become dead letters.
   * @param source origin of the records, for dead letters: `ingest`, a file's name
   * @param bytes the body's size, if known: a small body needs fewer permits than one of unknown size
   * @throws VainoError `too_large` for a record over the limit where nothing else can be done, `stale_epoch`, `producer_gap`, `busy`
   */
  ingest(body: AsyncIterable<Uint8Array>, source: string, producer?: Producer, bytes?: number): Promise<IngestResult>
  /** Ends the hold on a scope's deletes: applies them, or drops them. @throws VainoError `not_found` when nothing is held there */
  release(scope: Scope, apply: boolean): Promise<{ deletes: number; cursor: Cursor }>
  /** Forgets a scope: its live resources are deleted, and a later scan begins it anew. @throws VainoError `not_found` for a scope that isn't known */
  forget(scope: Scope): Promise<{ deletes: number; cursor: Cursor }>
  scopes(): ScopeStatus[]
  /**
   * Records that could not be used, newest first. With Kafka those of all nodes, read from their topic.
   * @param maxBytes of JSON at which the page ends early; it holds one entry at least
   * @throws VainoError `bad_request` for a wrong page token; with Kafka `broker_unreachable`, `broker_refused`, `busy`
   */
  deadLetters(limit: number, page?: string, maxBytes?: number): Promise<Page<DeadLetter>>
  /** Calls back after every commit of new changes with the partition and its new head; returns how to stop. */
  onCommit(listener: (partition: number, offset: number) => void): () => void
  health(): EngineHealth
}
