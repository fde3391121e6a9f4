import type { Change, EntryOp, FieldChange, Item, Op } from '../model/change.ts'
import type { Cursor, Position } from '../model/cursor.ts'
import type { Filter } from '../model/filter.ts'
import type { Resource, ResourceHeader } from '../model/resource.ts'
import type { Subject } from '../model/rule-selector.ts'
import type { Key, Scope } from '../model/scope.ts'
import type { DeadLetter, ScopeStatus } from '../model/status.ts'
import type { StateCounts } from './state-counts.ts'

/** What entries of the change log have in common. Their JSON is already assembled but for the cursor, so that a stream writes it without parsing. */
interface Logged {
  readonly partition: number
  readonly offset: number
  readonly op: EntryOp
  readonly key: Key
  readonly scope: Scope
  readonly recordedAtMs: number
  readonly scan: string | null
  /** Who made the change, as JSON text; null where nobody said. */
  readonly actor: string | null
  /**
   * The entry as JSON text, with this cursor in it, and the rule that ignores it where there is one.
   * @param documents false: without `before` and `after`
   */
  toJson(cursor: Cursor, rule?: string | null, documents?: boolean): string
  /** Whether the document before or after the change passes: a follower also learns of what leaves the filter. */
  matches(filter: Filter): boolean
  /** What rules are asked about; parsed as far as they ask. */
  subject(): Subject
  /** Whether one of the change's fields has this path, lies below it, or lies above it and held something there before or after. */
  touchesField(path: string): boolean
}

export interface LoggedChange extends Logged {
  readonly op: Op
  /** The change as an object, parsed anew each time. */
  toChange(cursor: Cursor): Change
  /** False where for certain no member of either document, however deep, has this plain name. Reads their texts without parsing them. */
  mayHaveMember(name: string): boolean
}

/** Says later who made a change. What filters and rules ask of it they ask of that change, or of its resource alone where the change is not kept. */
export interface LoggedAttribution extends Logged {
  readonly op: 'a'
}

export type LoggedEntry = LoggedChange | LoggedAttribution

/** An entry of the log without its fields and documents: most that don't pass a filter are passed over by this. */
export interface EntryHead
  extends Pick<Logged, 'partition' | 'offset' | 'op' | 'scope' | 'recordedAtMs' | 'scan' | 'actor'> {
  /** False where `matches` of the entry is false for certain. */
  mayMatch(filter: Filter): boolean
}

/** What a time has as its one answer: nothing that is recorded later changes it. */
export interface AsOf {
  readonly position: Position
  /** The settled time, Unix milliseconds; at most the time that was asked for. */
  readonly asOfMs: number
}

/** A scope, and when every live resource of it was last known to be there as it stands, Unix milliseconds. */
export interface ConfirmedScope {
  readonly scope: Scope
  readonly confirmedAtMs: number
}

/** A live resource whose document stands beside the log, and a member of its metadata; null where it has none. */
export interface Refreshed {
  readonly id: string
  readonly value: string | null
}

/** A page of one thing, with the opaque token of the next page. */
export interface Page<T> {
  readonly entries: readonly T[]
  readonly page: string | null
}

/** One change of a resource's history. */
export interface HistoryEntry {
  readonly change: LoggedChange
  /** The position as of its own time. */
  readonly cursor: Cursor
  /** The token of the page that begins after it; null where nothing older is kept. */
  readonly page: string | null
}

/** Where an item stands among those that changed last. */
export interface RecentPlace {
  readonly changedAtMs: number
  readonly partition: number
  readonly resource: number
}

export interface RecentItem extends RecentPlace {
  readonly item: Item
}

export type Lookup =
  | { readonly kind: 'live'; readonly item: Item }
  | { readonly kind: 'deleted'; readonly deletedAt: string; readonly version: number }
  | { readonly kind: 'unknown' }

export interface Consolidated {
  /** `r`: it was first seen in between, and is as it was then. Whether it was there before is not known. */
  readonly op: 'r' | 'c' | 'u' | 'd'
  readonly key: Key
  readonly version: number
  readonly resource: ResourceHeader
  readonly before: Resource | null
  readonly after: Resource | null
  readonly fields: FieldChange[]
  /** The item after it; null for a delete. */
  readonly item: Item | null
  /** When it was first seen, where that was in between, in a scope that had never been read whole: `before` is what was seen then. */
  readonly firstSeen: string | null
}

/** How two positions are compared. */
export interface Comparing {
  /** Also keys that end as they began, where their version differs: a copy of the state needs it. `fields` is then empty. */
  readonly versionsToo?: boolean
  /** What was first seen in between is compared with what was seen then, and not with nothing; for who asks what has changed. */
  readonly fromFirstSight?: boolean
}

/**
 * Reads of all partitions' committed state. Every method reads in short transactions (a long one would pin the
 * write-ahead log), yet answers as of one position: what changes meanwhile is read back from the change log.
 *
 * The iterables are lazy, hold one page each (at most 256 rows or 4 MiB) and may be left early.
 */
export interface StateReader {
  readonly logId: string
  readonly partitions: number

  /** The last committed change of each partition. */
  head(): Position
  /** The oldest position from which changes can still be followed: everything after it is kept. */
  floor(): Position
  /** The time, Unix milliseconds, from which on every change is kept; 0 where all are. */
  floorAtMs(): number
  /**
   * The position as of a time: everything recorded at or before it. Before the first change that is the empty state. A time that
   * is not settled, because a change of that time may still be committed, is answered as of the latest settled time before it.
   * @param timeMs Unix milliseconds; `Infinity` for the latest settled time
   * @throws VainoError `cursor_expired` when a change that came after it is no longer kept; `not_ready` when that holds for all settled times
   */
  asOf(timeMs: number): AsOf
  encode(position: Position): Cursor
  /**
   * @throws VainoError `bad_cursor`, `foreign_cursor`; `cursor_expired` below {@link floor}; `cursor_ahead` above {@link head}
   */
  decode(cursor: string): Position

  /**
   * Live items as of `at`, by key in byte order, beginning after the key `after`; null where a long search may pause.
   * @param looked is given each key that was looked at
   * @param crowded is called where a name, a tag or a text stands in too many labels, so that resources are met in the order of their keys
   */
  items(
    at: Position,
    filter: Filter,
    after?: Key,
    looked?: (key: Key) => void,
    crowded?: () => void,
  ): Iterable<Item | null>
  /** Live items now, the last changed first, beginning after one; null where a long search may pause. */
  recentlyChanged(filter: Filter, before?: RecentPlace): Iterable<RecentItem | null>
  readonly counts: StateCounts
  get(key: Key, at: Position): Lookup
  /** As {@link get}; yields null where a search through many versions may pause. */
  lookUp(key: Key, at: Position): Generator<null, Lookup>
  /** Changes of one key, newest first, read as they are taken. @throws VainoError `bad_request` for a wrong page token */
  history(key: Key, page?: string): Iterable<HistoryEntry>
  /** Entries of one partition after an offset up to `through`, in order; at most `limit`, fewer where they exceed 4 MiB. */
  changes(partition: number, after: number, through: number, limit: number): readonly LoggedEntry[]
  /** Entries of one partition after an offset up to `through`, newest first, without fields and documents; at most `limit`. */
  entryHeads(partition: number, after: number, through: number, limit: number): readonly EntryHead[]
  /** One entry; null where it isn't kept. */
  entry(partition: number, offset: number): LoggedEntry | null
  /** At most `through`: the last offset up to there at which an entry of one of these ops (null: any) and of this provider can be. */
  skipBack(partition: number, through: number, ops: readonly EntryOp[] | null, provider: string | undefined): number
  /** As {@link changes}, of the scopes that begin with one of these (ASCII): `terraform/`. The others cost no more than their row. */
  changesOf(
    scopes: readonly string[],
    partition: number,
    after: number,
    through: number,
    limit: number,
  ): readonly LoggedEntry[]
  /**
   * What differs between two positions, one entry a key, unordered across keys; null where a long search may pause. Keys that
   * end as they began are left out, unless {@link Comparing} says otherwise.
   */
  between(from: Position, to: Position, filter: Filter, how?: Comparing): Iterable<Consolidated | null>

  scopes(): ScopeStatus[]
  /** One scope, if it is listed. */
  scope(scope: Scope): ScopeStatus | null
  /** The scopes after one, by name in byte order, read as they are taken; all where it is empty. */
  scopesAfter(after: string): Iterable<ScopeStatus>
  /** Names of the scopes that begin so (ASCII), in no order. */
  scopeNames(start: string): Scope[]
  /** The scopes of a partition that begin so (ASCII) and that a complete scan has confirmed after a time, the earliest first. */
  confirmedScopes(partition: number, start: string, afterMs: number): readonly ConfirmedScope[]
  /**
   * Of a scope's live resources those whose documents were refreshed without a change, by id after one; at most 256, empty at the end.
   * @param member of their metadata, a plain name
   */
  refreshed(scope: Scope, member: string, after: string): readonly Refreshed[]
  /** Another number whenever anything was committed to a partition's file: the end of a scan that found no change too. */
  commits(partition: number): number
  /** Newest first. @param maxBytes of JSON at which the page ends early; it holds one entry at least */
  deadLetters(limit: number, page?: string, maxBytes?: number): Page<DeadLetter>
  /** How far a producer has come, as one partition knows it; null for an unknown one. */
  producer(partition: number, id: string): { epoch: number; seq: number; part: number } | null
  /** Size of the partitions' files. */
  storageBytes(): number
  [Symbol.dispose](): void
}
