import type { ErrorCode } from '../../model/errors.ts'
import type { Scope } from '../../model/scope.ts'
import type { WorkerReport } from '../telemetry/worker-counters.ts'
import type { Hold, WorkerSettings } from '../workers/protocol.ts'

/** What a worker of a Kafka node is started with. */
export interface KafkaWorkerSettings extends WorkerSettings {
  readonly topicPrefix: string
}

/** An open scan, and where in the input its begin stands. */
export interface OpenScan {
  readonly scope: Scope
  readonly from: number | null
}

/** Input messages as one piece: NDJSON, and the offset that each line came with. */
export interface InputPiece {
  readonly bytes: Uint8Array
  readonly offsets: Float64Array
  readonly refused: readonly { readonly offset: number; readonly reason: 'not_json'; readonly detail: string }[]
}

/** One thing that is asked of the worker that has a partition's file; answered in the order of asking. */
export type Request =
  /** Opens the file as a replica. */
  | { readonly kind: 'follow' }
  /** Writes what the owner has told. `rebuild`: the file is emptied first, or is being filled. */
  | {
      readonly kind: 'replicate'
      readonly frame: Uint8Array
      readonly rebuild: 'no' | 'begin' | 'states' | 'history' | 'end'
    }
  /** Opens the file as its owner. @see Answers.own */
  | { readonly kind: 'own'; readonly committed: number | null }
  /** Learns what the open scans have seen, from input that was processed before. */
  | { readonly kind: 'remember'; readonly piece: InputPiece }
  | { readonly kind: 'prepare'; readonly piece: InputPiece; readonly from: number; readonly next: number }
  | { readonly kind: 'commit' }
  | { readonly kind: 'expire' }
  | { readonly kind: 'close' }

export interface Answers {
  follow: { readonly head: number; readonly lastRecordedAtMs: number }
  replicate: { readonly head: number }
  /** `remember`: the scans whose marks the file lacks; empty where it reflects the committed position. */
  own: { readonly head: number; readonly remember: readonly OpenScan[] }
  remember: Record<string, never>
  /** `head`: the last change, this transaction's included. */
  prepare: { readonly frame: Uint8Array; readonly records: number; readonly head: number }
  commit: { readonly head: number; readonly holds: readonly Hold[]; readonly report: WorkerReport }
  expire: { readonly more: boolean }
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
