import type { z } from 'zod'
import type { ScanError } from '../model/record.ts'
import type { Redactor } from '../model/redaction.ts'
import type { Scope } from '../model/scope.ts'
import type { ScopeCondition } from '../model/status.ts'
import type { Source } from './source.ts'

/** How one kind of system is watched. A folder beside this file exports one; `pipeline/sources/kinds.ts` registers it. */
export interface Connector<O = unknown> {
  /** The `KIND` of `--source KIND:WHERE`. */
  readonly kind: string
  /** One line for the error that lists the kinds. */
  readonly summary: string
  /** Sources of this kind as a user types them: shown where a source is refused. */
  readonly examples: readonly string[]
  /**
   * The source's own keys in vaino.yaml. One strict object schema parses them, documents them (`vaino config schema`) and
   * refuses unknown keys.
   */
  readonly options: z.ZodType<O>
  /**
   * What `where` stands for, where it may stand for several: each becomes a source of its own. Default: itself.
   * @throws VainoError where that can't be told
   */
  places?(where: string, options: O): Promise<readonly string[]>
  /**
   * Checks `where`; opens nothing that must be closed.
   * @throws VainoError `bad_config` when `where` can't be meant
   */
  open(where: string, options: O, context: ConnectorContext): Source
}

export interface ConnectorContext {
  readonly redactor: Redactor
  /** Inputs above this many bytes are streamed (`memory_optimization.streaming_threshold`). */
  readonly streamingThresholdBytes: number
  /** Bytes read at once (`memory_optimization.chunk_size`). */
  readonly chunkBytes: number
  /** The status of the scopes with this prefix as last committed, by an earlier process too. */
  knownScopes(prefix: string): readonly KnownScope[]
  /** The process reads each target once and ends: nothing need be learnt for later scans. */
  readonly readsOnce?: boolean
  /** A rate limit that all sources of this process share which name it: an account's API quota, say. */
  budget(name: string, limits: BudgetLimits): Budget
}

export interface KnownScope {
  readonly scope: Scope
  readonly status: ScopeCondition
  readonly attributes: Readonly<Record<string, unknown>>
  /** Of its last scan. */
  readonly errors?: readonly ScanError[]
  readonly warnings?: readonly ScanError[]
}

export interface BudgetLimits {
  /** What is called, for the metrics: `aws ec2`. Budgets of many accounts and regions share it. */
  readonly api: string
  readonly perSecond: number
  /** Where nobody publishes the rate: the highest that may be learnt from calls that are not refused. Default: `perSecond`. */
  readonly most?: number
  /** Calls that may be made at once after a quiet time. */
  readonly burst: number
}

export interface Budget {
  /** Resolves when one call may be made. Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<void>
  /** The system refused a call for its rate: none is made for this long (default: 1 s, doubled by each refusal in a row, up to 60 s), and then fewer a second. */
  throttled(retryAfterMs?: number): void
}
