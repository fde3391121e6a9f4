import type { Cursor, Position } from '../model/cursor.ts'
import { isAtLeast } from '../model/cursor.ts'
import type { LoggedEntry } from '../storage/state-reader.ts'
import type { ChangeFeed, FeedBatch } from './change-feed.ts'
import { chunkBytes } from './limits.ts'
import { readLog, rowBudget } from './log-reading.ts'
import type { LogEntry, LogSource } from './log-source.ts'
import { isWanted, type RuleOf, type Wanted } from './wanted.ts'

/** A change that the follower asked for, and the position after it. */
export interface Followed<E extends LogEntry = LoggedEntry> {
  readonly change: E
  readonly cursor: Cursor
  /** The rule that ignores it, where the follower asked for those too. */
  readonly rule: string | null
}

export interface Step<E extends LogEntry = LoggedEntry> {
  readonly followed: readonly Followed<E>[]
  /** The shared batch, when these are exactly its changes. */
  readonly shared: FeedBatch<E> | null
}

/**
 * One client's way through the change log: first for itself, from its cursor to the path of the feed, then along the feed;
 * back to the first when it was too slow for what the feed keeps.
 */
export class Follower<E extends LogEntry = LoggedEntry> {
  readonly #reader: LogSource<E>
  readonly #feed: ChangeFeed<E>
  readonly #wanted: Wanted<E>
  readonly #ruleOf: RuleOf<E>
  readonly #rows = rowBudget(chunkBytes)
  #reads = 0
  #position: Position
  /** Where it joins the feed, or has joined it. */
  #path: { readonly at: Position; next: number }

  constructor(reader: LogSource<E>, feed: ChangeFeed<E>, from: Position, wanted: Wanted<E>, ruleOf: RuleOf<E>) {
    this.#reader = reader
    this.#feed = feed
    this.#wanted = wanted
    this.#ruleOf = ruleOf
    this.#position = from
    this.#path = { ...feed.join(from) }
  }

  /** After everything that was taken, wanted or not. */
  get cursor(): Cursor {
    return this.#reader.encode(this.#position)
  }

  /** Has taken everything that is known to be committed. */
  get upToDate(): boolean {
    return isAtLeast(this.#position, this.#feed.known)
  }

  /**
   * Takes the next few changes; `null` when there are none now.
   * @throws VainoError `cursor_expired` when retention has removed what comes next
   */
  take(): Step<E> | null {
    if (!isAtLeast(this.#position, this.#path.at)) return this.#takeFromLog()
    const batch = this.#feed.read(this.#path.next)
    if (batch === 'wait') return null
    if (batch === 'lost') {
      this.#path = { ...this.#feed.join(this.#position) }
      return this.take()
    }
    this.#path.next++
    this.#position = batch.end
    const wanted = this.#wanted
    if (wanted.passes === null && wanted.suppressed === 'left_out') return { followed: batch.shown, shared: batch }
    return { followed: batch.entries.filter(({ change, rule }) => isWanted(wanted, change, rule)), shared: null }
  }

  #takeFromLog(): Step<E> {
    const { changes, end } = readLog(this.#reader, this.#position, this.#path.at, this.#rows.rows, this.#reads++)
    const position = [...this.#position]
    const followed: Followed<E>[] = []
    for (const change of changes) {
      position[change.partition] = change.offset
      const rule = this.#ruleOf(change)
      if (isWanted(this.#wanted, change, rule)) followed.push({ change, cursor: this.#reader.encode(position), rule })
    }
    this.#position = end
    return { followed, shared: null }
  }

  /** What the changes of a step took as text: the next reads are sized by it. */
  learn(count: number, length: number): void {
    this.#rows.learn(count, length)
  }
}
