import type { Actor } from '../model/change.ts'
import type { ScanError } from '../model/record.ts'
import type { Resource } from '../model/resource.ts'
import type { Scope } from '../model/scope.ts'
import type { FeedOutcome } from '../model/status.ts'

/**
 * One watched system. It names its targets, scans one and follows one. The runner (`pipeline/sources/`) decides when, how
 * often, how many at once, and what happens after a failure.
 */
export interface Source extends Partial<AsyncDisposable> {
  /** `KIND:WHERE` as the user wrote it, without credentials; the kind alone where nothing stands behind it. */
  readonly name: string
  /**
   * The targets, the whole list each time. An iterable that stays open yields again when the list changes; one that ends is
   * asked again after the source's interval. A target that a newer list lacks is no longer scanned.
   * @throws VainoError `source_failed` when no list can be made; the previous list stays, and it is retried with back-off
   */
  targets(signal: AbortSignal): AsyncIterable<readonly Target[]>
  /**
   * Reads one target. Returning means complete: every resource of the scope was observed, and what was not is deleted.
   * Throwing, or `out.missed`, means incomplete: what was observed is kept, nothing is deleted. A `VainoError` with
   * `retryAfterSeconds` is not retried sooner.
   */
  scan(target: Target, out: Observer, signal: AbortSignal): Promise<ScanReport>
  /**
   * Reads some of a target's resources again, in a round of its own: a second look at what the first found, or what is known to have changed
   * since. What it observes, misses and calls gone is said of these ids alone. What it misses with the code `null_once` is read a second time.
   */
  reread?(target: Target, ids: ReadonlySet<string>, out: RereadObserver, signal: AbortSignal): Promise<ScanReport>
  /**
   * Streams changes of one target from where a scan ended. Runs until the signal; `relist` says that continuity is lost, and
   * a scan follows. A throw is retried once from the last checkpoint; a second one in a row brings a scan, which says what is wrong.
   */
  follow?(target: Target, resume: string | null, out: EventSink, signal: AbortSignal): Promise<'relist'>
  /** What the source works out by itself where the configuration doesn't say it; `vaino config show` asks. */
  inferred?(signal: AbortSignal): AsyncIterable<Inferred>
  /** What can be told without reading everything: who vaino is there, and what is denied to it. `vaino doctor` asks. */
  checks?(signal: AbortSignal): AsyncIterable<Checked>
  /**
   * Is told which changes were recorded without their maker, of the scopes that begin so (ASCII), where the system says who
   * made them when it is asked. What it finds out goes through {@link Nudge.attributed}. A process that has not all
   * partitions hears nothing.
   */
  readonly recorded?: { readonly scopes: string; take(changes: readonly RecordedChange[]): void }
  /** What must be granted for it to read what it is configured to, as text for the system's own tool. `vaino config permissions` asks. */
  permissions?(signal: AbortSignal): Promise<string>
  /** A feed over many targets. Runs until the signal; when it returns or throws it is started again with back-off. */
  events?(out: Nudge, signal: AbortSignal): Promise<void>
}

/** A change of one of a source's scopes that was recorded, and whose maker is not known. */
export interface RecordedChange {
  readonly op: 'c' | 'u' | 'd'
  readonly scope: Scope
  readonly id: string
  /** As it is now; of a delete, as it was. */
  readonly resource: Resource
  /** Unix milliseconds. */
  readonly recordedAtMs: number
}

export interface Checked {
  /** A sentence of what was found, or what the problem is about. */
  readonly what: string
  /** Null: all is well. */
  readonly problem: ScanError | null
}

export interface Inferred {
  /** Below the source's own keys: `live.configurations.registry.terraform.io/hashicorp/aws.eu`. */
  readonly key: string
  /** `null`: nothing could be inferred, and the key must be given. */
  readonly value: unknown
  readonly from: string
}

export interface Target {
  readonly scope: Scope
  /** Its scans are this far apart at least, end to begin, where the source's interval is shorter. An event wakes it before. */
  readonly leastIntervalMs?: number
  /** A scan longer than this is stopped and ends incomplete; default: one hour. */
  readonly deadlineMs?: number
  /** Among targets that are due, the higher goes first; default 0. */
  readonly priority?: number
  /** What is really read, where two scopes could be two names of one thing: a file's real path. Only one target reads it. */
  readonly identity?: string
}

export interface Attribution {
  readonly occurredAt?: string | null
  readonly actor?: Actor
  /** The entry of the system's own log that says so; `id` is the same whenever it comes. Kept of what comes through a {@link Nudge}. */
  readonly event?: { readonly id: string; readonly name?: string; readonly source?: string }
}

export type Idle = <T>(wait: () => Promise<T>) => Promise<T>

export interface Observer {
  /** Hands on one resource, redacted. Resolves when there are permits for more: await it, or memory has no bound. */
  observe(resource: Resource, by?: Attribution): Promise<void>
  /** A part could not be read. The scan goes on and ends incomplete. */
  missed(error: ScanError): void
  /** The system's own word that a resource is not there any more. It is deleted, whether the scan ends complete or not. */
  gone(id: string, by?: Attribution): Promise<void>
  /**
   * Runs what only waits: for a rate, for answers that another scan is fetching. Another scan may run meanwhile. Absent: nothing waits for
   * this one's end.
   */
  idle?: Idle
  /** How many resources the scan will hand on, where that is known beforehand. */
  expect?(count: number): void
}

export interface RereadObserver extends Observer {
  /**
   * The system doesn't find this one when it is asked for it alone. That deletes nothing by itself: it is deleted where the newest event about it
   * says so too, and else a scan decides.
   */
  absent(id: string): void
  /** The system has this one as a thing of another type, so that another scope is about it. */
  other(id: string): void
}

/** What one event says of a scope. */
export interface Report {
  /** What it names there; none: anything of the scope may have changed. */
  readonly ids: readonly string[]
  /** RFC 3339. */
  readonly occurredAt: string
  readonly by?: Attribution
  /** It says that they were deleted. */
  readonly isDelete?: boolean
  /** It ends what an event before it began: what it did is there to be seen, so that one look is enough. */
  readonly isEnd?: boolean
  /** {@link Source.reread} can read them; default: they are read with their scope. */
  readonly canReread?: boolean
}

/** What became of a report: `done`: all that came of it is committed; `not_ours`: another node reads the scope; `not_watched`: nobody does. */
export type ReportOutcome = 'done' | 'not_ours' | 'not_watched'

export interface EventSink extends Observer {
  /**
   * Everything up to here was handed on; a follow that fails is resumed from the last one before which all is committed.
   * @param committed is called when everything up to here is committed, unless a later checkpoint is made before
   */
  checkpoint(resume: string, committed?: () => void): void
}

/** What waits in a feed. */
export interface Backlog {
  /** From the making to the receipt of the oldest of the messages received last, milliseconds; 0: none waited. */
  readonly lagMs: number
  /** In the queue; null: not known. */
  readonly messages: number | null
  /** In its queue of dead letters; null: it has none, or not known. */
  readonly deadLetters: number | null
}

export interface Nudge {
  /** The scope has changed: it is scanned soon, all of it. A scope that no target names is ignored. */
  dirty(scope: Scope): void
  /**
   * An event names things of the scope. Each is read alone with {@link Source.reread}, and again after pauses while it shows nothing new, because reads
   * lag behind writes. The scope is scanned instead where the event names none, where many wait together, and where they can't be read alone.
   * @returns when all that came of it is committed; pending for good once the source is stopped
   */
  changed(scope: Scope, report: Report): Promise<ReportOutcome>
  /**
   * Names who made a change of an id: the next observation takes it along; a minute later it is written for a change that was recorded before, or is within ten minutes.
   * @param isRecorded the change is known to be recorded: it is written at once, and no observation takes it along
   */
  attributed(scope: Scope, id: string, by: Attribution, isRecorded?: boolean): void
  /** The list of targets has changed: it is asked for soon. */
  relist(): void
  /** What became of messages of the feed, in a word or two: for the log and the metrics. */
  received(outcome: FeedOutcome, count: number): void
  /** What waits in the feed now: for the metrics. */
  backlog(now: Backlog): void
}

export interface ScanReport {
  /**
   * Stands on the scope when the scan is complete: lineage and serial of a Terraform state, say. All of them each time, or none ever: the
   * runner adds `every_ms`, how often the scope is read.
   */
  readonly attributes?: Readonly<Record<string, unknown>>
  /** Stands on the scope; the scan is complete all the same. */
  readonly warnings?: readonly ScanError[]
  /**
   * Nothing was observed, because all is as the last complete scan saw it: an ETag, a version. Nothing is deleted, and the scope is
   * confirmed. Only for a scope whose status is `fresh` or `stale`.
   */
  readonly unchanged?: boolean
  /** Where `follow` begins; absent: the target is not followed. */
  readonly resume?: string | null
}
