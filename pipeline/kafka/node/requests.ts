import type { LogChunk } from '../../../connectors/kafka/kafka.ts'
import type { Scope } from '../../../model/scope.ts'
import type { IsolationPlan } from '../../threads/poison-tracker.ts'
import type { WorkerSettings } from '../../threads/worker-settings.ts'
import type { FollowedTopic, ForeignSpan } from '../messages/foreign-messages.ts'
import type { MessageSettings } from '../messages/messages.ts'
import type { OutputBatch } from '../owner/outbox.ts'

/** What a worker of a Kafka node is started with. */
export interface KafkaWorkerSettings extends WorkerSettings {
  readonly messages: MessageSettings
}

/** An open scan, and the input offset of its `scan.begin`; null: not known. */
export interface OpenScan {
  readonly scope: Scope
  readonly from: number | null
}

/** The next input offset, as the group has committed it. */
export interface Committed {
  readonly next: number
  /** The topics show that more is processed: the committed offset is outdated. */
  readonly isOld: boolean
}

/** A request to the worker that has a partition's file; answered in the order of the requests. */
export type KafkaRequest =
  /** Opens the file as a replica. */
  | { readonly kind: 'follow' }
  /** Writes a piece of what the owner has published. */
  | { readonly kind: 'replicate'; readonly topic: FollowedTopic; readonly chunk: LogChunk; readonly isRebuild: boolean }
  /** Empties the file; readers see the old content until the end of the rebuild. */
  | { readonly kind: 'begin_rebuild' }
  | { readonly kind: 'end_rebuild' }
  /** Opens the file as its owner. @see KafkaAnswers.own */
  | { readonly kind: 'own'; readonly committed: Committed | null }
  /** Marks what the open scans have seen in input before an offset, which was processed already. `isolation` as for `prepare`. */
  | {
      readonly kind: 'remember'
      readonly chunk: LogChunk
      readonly until: number
      readonly isolation: IsolationPlan | null
    }
  /** From here on the file reflects all input before an offset. Open scans whose input is lost are abandoned. */
  | { readonly kind: 'remembered'; readonly next: number; readonly lost: readonly Scope[] | 'all' }
  /** Processes a piece of a chunk in a transaction that stays open; in isolation if workers have died at it. */
  | { readonly kind: 'prepare'; readonly chunk: LogChunk; readonly isolation: IsolationPlan | null }
  | { readonly kind: 'commit' }
  | { readonly kind: 'close' }

export interface KafkaAnswers {
  /** `statesFrom`: where to go on reading states. */
  follow: {
    readonly head: number
    readonly lastRecordedAtMs: number
    readonly statesFrom: { readonly offset: number } | { readonly timeMs: number }
  }
  /**
   * `next`: the topic's offset to go on at. `awaits`: the state at `next` names the change with this offset, which must be written
   * first. `foreign`: messages that were passed over.
   */
  replicate: {
    readonly head: number
    readonly next: number
    readonly awaits: number | null
    readonly foreign: readonly ForeignSpan[]
  }
  begin_rebuild: Record<string, never>
  end_rebuild: { readonly head: number }
  /**
   * `next`: the input offset to go on at. `remember`: the scans whose marks the file lacks; null if it reflects all input before
   * `next`.
   */
  own: {
    readonly head: number
    readonly next: number
    readonly remember: readonly OpenScan[] | null
    readonly lastRecordedAtMs: number
  }
  /** `next`: where in the input to go on. */
  remember: { readonly next: number }
  remembered: Record<string, never>
  /** `head`: the last change, this transaction's included. `next`: the input offset behind the piece. */
  prepare: {
    readonly batches: readonly OutputBatch[]
    readonly head: number
    readonly next: number
  }
  commit: { readonly head: number }
  close: Record<string, never>
}
