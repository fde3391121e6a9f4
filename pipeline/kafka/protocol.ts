import type { LogChunk } from '../../connectors/kafka/kafka.ts'
import type { ErrorCode } from '../../model/errors.ts'
import type { Scope } from '../../model/scope.ts'
import type { WorkerReport } from '../telemetry/worker-counters.ts'
import type { Hold, WorkerSettings } from '../workers/protocol.ts'
import type { ForeignReason } from './foreign-messages.ts'
import type { MessageSettings } from './messages.ts'
import type { OutputBatch } from './outbox.ts'

/** What a worker of a Kafka node is started with. */
export interface KafkaWorkerSettings extends WorkerSettings {
  readonly messages: MessageSettings
}

/** An open scan, and where in the input its begin stands. */
export interface OpenScan {
  readonly scope: Scope
  readonly from: number | null
}

/** Where the building of a file anew is: it is emptied, filled with the current states, with the changes, and is whole. */
export type RebuildStep = 'begin' | 'states' | 'history' | 'end'

/** One thing that is asked of the worker that has a partition's file; answered in the order of asking. */
export type Request =
  /** Opens the file as a replica. */
  | { readonly kind: 'follow' }
  /** Writes what the owner has told. */
  | { readonly kind: 'replicate'; readonly frame: Uint8Array; readonly step: RebuildStep | null }
  /** Opens the file as its owner. @see Answers.own */
  | { readonly kind: 'own'; readonly committed: number | null }
  /** Learns what the open scans have seen, from input before an offset, which was processed already. */
  | { readonly kind: 'remember'; readonly chunk: LogChunk; readonly until: number }
  /** From here on the file reflects all input before an offset, but for open scans whose input is lost: they are given up. */
  | { readonly kind: 'remembered'; readonly next: number; readonly lost: readonly Scope[] | 'all' }
  /** Processes a piece of a chunk in a transaction that stays open; null: the next piece of the chunk that it has. */
  | { readonly kind: 'prepare'; readonly chunk: LogChunk | null }
  | { readonly kind: 'commit' }
  | { readonly kind: 'close' }

export interface Answers {
  follow: { readonly head: number; readonly lastRecordedAtMs: number }
  /**
   * `awaits`: only the first `taken` were written, the next tells of a change with this offset, which must come before it.
   * `foreign`: which of those that were taken another program wrote, by their place in the frame; they were passed over.
   */
  replicate: {
    readonly head: number
    readonly taken: number
    readonly awaits: number | null
    readonly foreign: readonly { readonly at: number; readonly reason: ForeignReason }[]
  }
  /**
   * `next`: the input offset to go on at; `remember`: the scans whose marks the file lacks, null where it reflects all input
   * before that.
   */
  own: { readonly head: number; readonly next: number; readonly remember: readonly OpenScan[] | null }
  remember: Record<string, never>
  remembered: Record<string, never>
  /** `head`: the last change, this transaction's included. `next`: the input offset behind the piece. */
  prepare: {
    readonly batches: readonly OutputBatch[]
    readonly head: number
    readonly next: number
    readonly isLast: boolean
  }
  commit: { readonly head: number; readonly holds: readonly Hold[]; readonly report: WorkerReport }
  close: Record<string, never>
}

export interface Asked {
  readonly id: number
  readonly partition: number
  readonly request: Request
}

export type Answered = { readonly id: number } & (
  | { readonly value: Answers[keyof Answers] }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string } }
)
