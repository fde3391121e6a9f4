import type { Attributed } from '../model/attribution.ts'
import type { FieldChange, Op } from '../model/change.ts'
import type {
  DeadLetterReason,
  Envelope,
  Hashes,
  IdHash,
  PartitionState,
  ResourceState,
  ScopeState,
  SuppressedReason,
} from '../model/partition-state.ts'
import type { ScanError } from '../model/record.ts'
import type { Redactor } from '../model/redaction.ts'
import type { Resource } from '../model/resource.ts'
import type { Scope } from '../model/scope.ts'
import type { ChangeCounts } from './change-counts.ts'

/** Lines of a text, or offsets in a partition of a topic. */
type Unit = 'line' | 'offset'

/** What the lines of an input are where it came from, counted from 0 here. */
export interface LineNumbers {
  at(line: number): number | undefined
}

/** Input records as they came: NDJSON of scopes that belong to one partition. */
export interface InputBatch {
  readonly bytes: Uint8Array
  /** For dead letters: where these records came from. */
  readonly source: string
  /** The number of each line where it came from; null: they count from 1. */
  readonly lines: LineNumbers | null
  /** What the numbers count; lines where absent. */
  readonly unit?: Unit
  /**
   * Whether the record of a line (its number where it came from) was sent by vaino for an operator, who alone may release holds.
   * Absent: no record was.
   */
  readonly isOperators?: (line: number) => boolean
}

/**
 * What travels through the chain: a run of observations of one scope that share an envelope, and at most one control
 * record after them. An operator fills in its part and hands the same batch on; nothing keeps one after it has left.
 */
export interface Batch {
  readonly bytes: Buffer
  /** The same bytes as a plain array: a view of a `Buffer` costs three times as much to make. */
  readonly view: Uint8Array
  readonly source: string
  /** As in {@link InputBatch}, of the lines in `bytes`. */
  readonly lines: LineNumbers | null
  readonly unit: Unit
  readonly scope: ScopeState
  readonly envelope: Envelope
  readonly observed: Observations
  readonly control: Control | null
  /** What wasn't recognised by its bytes; filled by `dropUnchanged`, completed by `compare`. */
  readonly candidates: Candidate[]
}

/** Where the observed documents lie in the batch's bytes. Columns, so that a thousand observations are a handful of objects. */
export interface Observations {
  length: number
  /** Which line of the batch's bytes it is, from 0. */
  readonly line: Int32Array
  readonly lineStart: Int32Array
  readonly start: Int32Array
  readonly end: Int32Array
  /** The id's end; it starts seven bytes into the document. */
  readonly idEnd: Int32Array
  readonly idLo: Int32Array
  readonly idHi: Int32Array
}

export interface ScanBegin {
  readonly kind: 'begin'
  readonly scan: string
  readonly observedAtMs: number
  /** `observed_at` as stated; null if the record states none. */
  readonly saidAtMs: number | null
}

export type Control =
  | { readonly kind: 'release'; readonly apply: boolean }
  | { readonly kind: 'forget' }
  | ScanBegin
  | { readonly kind: 'gone'; readonly id: string; readonly envelope: Envelope }
  | { readonly kind: 'attributed'; readonly id: string; readonly attributed: Attributed }
  | {
      readonly kind: 'end'
      readonly scan: string
      readonly complete: boolean
      readonly count: number | null
      /** All is as the last complete scan saw it; nothing was observed. */
      readonly unchanged: boolean
      readonly errors: readonly ScanError[]
      readonly warnings: readonly ScanError[]
      readonly attributes: Readonly<Record<string, unknown>> | null
      readonly observedAtMs: number
      /** `observed_at` as stated; null if the record states none. */
      readonly saidAtMs: number | null
      /** Where it stood and how it begins, for a dead letter. */
      readonly line: number
      readonly preview: string
    }

/** One observation that has to be looked at, and what came of it. */
export interface Candidate extends IdHash {
  readonly index: number
  readonly rawLo: number
  readonly rawHi: number
  outcome: Outcome | null
}

export type Outcome =
  /** The same in what is compared; `document` where something else differs. */
  | {
      readonly kind: 'same'
      readonly current: ResourceState
      readonly envelope: Envelope
      readonly hashes: Hashes
      readonly uid: string | null
      readonly document: string | null
    }
  | {
      readonly kind: 'changed'
      readonly current: ResourceState | null
      readonly hashes: Hashes
      readonly envelope: Envelope
      readonly resource: Resource
      readonly uid: string | null
      readonly document: string
      /** Of the live resource before; null where there is none. */
      readonly before: { readonly resource: Resource; readonly document: string } | null
      readonly replaced: boolean
      readonly fields: readonly FieldChange[]
    }

/** What operators count; the worker's counters have these fields among others. */
export interface OperatorCounters {
  records: number
  bytes: number
  unchangedRaw: number
  unchangedCanonical: number
  compared: number
  scansComplete: number
  scansIncomplete: number
  scansLost: number
  scansAbandoned: number
  deletesHeld: number
  holdsConfirmed: number
  holdsSeenAgain: number
  holdsReleased: number
  holdsDropped: number
  attributions: number
  readonly changes: Record<Op, number>
  readonly changesByType: ChangeCounts
  readonly suppressed: Partial<Record<SuppressedReason, number>>
  readonly diffMs: { observe(ms: number): void }
}

/** What every operator of a partition's chain works with. */
export interface OperatorContext {
  readonly state: PartitionState
  /** Keeps and counts what can't be used. `preview` is how the record begins, as it came: what is kept is redacted. */
  deadLetter(reason: DeadLetterReason, detail: string, source: string, preview: string): void
  readonly redactor: Redactor
  /** The partition's last change before this redactor was used: the documents of later changes are as it leaves them. */
  readonly redactedAfter: number
  readonly counters: OperatorCounters
  readonly partition: number
  readonly partitions: number
  readonly limits: { readonly recordBytes: number }
  /** Says that the guard holds deletes (invariant I6). */
  held(scope: Scope, deletes: number, of: number): void
  /** Reports progress; called often, so that a long transaction is not taken for a hang. */
  working(): void
  /** The transaction's time, Unix milliseconds. */
  nowMs(): number
}

const previewBytes = 800

/** How a record begins, for its dead letter. */
export const previewOf = (bytes: Buffer, start: number, end: number): string =>
  bytes.toString('utf8', start, Math.min(end, start + previewBytes))

/** Where a record stood in what was sent, for its dead letter. */
export const placeOf = ({ source, unit = 'line' }: Pick<InputBatch, 'source' | 'unit'>, number: number): string =>
  `${source} ${unit} ${number}`

/** Counts one that was suppressed. */
export const count = (names: OperatorCounters['suppressed'], name: SuppressedReason): void => {
  names[name] = (names[name] ?? 0) + 1
}
