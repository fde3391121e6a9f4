import type { Actor } from '../model/change.ts'
import type { ScanError } from '../model/record.ts'
import type { Redactor } from '../model/redaction.ts'
import type { Resource } from '../model/resource.ts'
import type { Scope } from '../model/scope.ts'

/** How one kind of system is watched. Each folder beside this file exports one. */
export interface Connector {
  /** The `KIND` of `--source KIND:WHERE`. */
  readonly kind: string
  /** One line for `--help` and for the error that lists the kinds. */
  readonly summary: string
  /**
   * Checks `where` and prepares to collect; opens nothing that must be closed before `collect`.
   * @throws VainoError `bad_config` when `where` can't be meant
   */
  open(where: string, context: ConnectorContext): Collector
}

export interface ConnectorContext {
  readonly redactor: Redactor
  /** What this source is configured with beside `where`, as its config block says (already checked by `pipeline/config`). */
  readonly options: Readonly<Record<string, unknown>>
  /** How many files or calls may be under way at once. */
  readonly concurrency: number
  /** Inputs above this many bytes are streamed (`memory_optimization.streaming_threshold`). */
  readonly streamingThresholdBytes: number
  /** Bytes read at once (`memory_optimization.chunk_size`). */
  readonly chunkBytes: number
  /** What the scopes with this prefix last said of themselves, from before a restart too. */
  knownScopes(
    prefix: string,
  ): readonly { readonly scope: Scope; readonly attributes: Readonly<Record<string, unknown>> }[]
}

export interface Collector {
  /** `KIND:WHERE`, as the user wrote it. */
  readonly name: string
  /**
   * One round: a scan of every scope, each begun and ended on its own, so that one that fails spoils no other. What can't
   * be enumerated ends its scan with `complete: false`. Rejects only when nothing could be attempted (the folder is
   * missing, say) or the signal is aborted.
   */
  collect(sink: ScanSink, signal: AbortSignal): Promise<void>
  /** Calls back when a round would find something new, sooner than the next poll; stops when disposed. */
  watch?(onChange: () => void): Disposable
}

export interface ScanSink {
  /** Begins a scan; resolves when there is room for it. */
  scan(scope: Scope): Promise<ScanWriter>
  /** Whether this collector is to scan the scope: where several share the work, another may. Absent: always. */
  wants?(scope: Scope): boolean
}

export interface ScanWriter {
  /**
   * Hands one resource on, already redacted where the source knows what is sensitive. Resolves when there is room for
   * more: await it, or memory has no bound.
   */
  observe(resource: Resource, by?: { occurredAt?: string | null; actor?: Actor }): Promise<void>
  /**
   * Ends the scan and resolves when all of it is committed. `complete: true` promises that every resource of the scope was
   * observed; what was not is then deleted.
   */
  end(outcome: ScanOutcome): Promise<void>
}

export interface ScanOutcome {
  readonly complete: boolean
  readonly errors?: readonly ScanError[]
  /** Stands on the scope beside the errors; the scan is good all the same. */
  readonly warnings?: readonly ScanError[]
  /** Stands on the scope: lineage and serial of a Terraform state, say. */
  readonly attributes?: Readonly<Record<string, unknown>>
}
