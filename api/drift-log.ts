import type { Rules } from '../model/rules.ts'
import { DriftCounter } from '../pipeline/drift/drift-counter.ts'
import type { DriftEntry, DriftLog } from '../pipeline/drift/drift-log.ts'
import type { DriftView } from '../pipeline/drift/drift-view.ts'
import { JudgedDrift } from '../pipeline/drift/judged-drift.ts'
import { type JudgedItem, judgedItem } from '../pipeline/drift/judged-item.ts'
import type { CurrentRules } from '../pipeline/rules/current-rules.ts'
import { ChangeFeed } from './change-feed.ts'
import type { FollowedLog } from './follow-log.ts'
import type { LogEntry, LogSource } from './log-source.ts'

/** An entry of the drift log as the rules see it now. */
export interface JudgedEntry extends LogEntry {
  readonly event: DriftEntry['event']
  readonly drift: JudgedItem
}

/** The drift view, as the rules see it, and what counts it. */
export interface DriftSource {
  readonly view: DriftView
  readonly judged: JudgedDrift
  readonly counter: DriftCounter
}

/** @param rules those that hold now */
export function driftSource(view: DriftView, rules: () => Rules): DriftSource {
  const judged = new JudgedDrift(view, rules)
  return { view, judged, counter: new DriftCounter(judged) }
}

/** The drift view as the API serves it. */
export interface ServedDrift extends DriftSource, Disposable {
  /** Its log, and the feed that followers share. */
  readonly log: FollowedLog<JudgedEntry>
}

/** @param feedBytes what the shared entries may take in memory */
export function serveDrift(
  { view, judged, counter }: DriftSource,
  rules: CurrentRules,
  feedBytes: number,
): ServedDrift {
  const source = judgedLog(view.log, rules)
  const ruleOf = (entry: JudgedEntry) => entry.drift.rule
  const feed = new ChangeFeed({ reader: source, onCommit: (listener) => view.onEntries(listener) }, feedBytes, ruleOf)
  return { view, judged, counter, log: { source, feed, ruleOf }, [Symbol.dispose]: () => feed[Symbol.dispose]() }
}

/** The drift log, judged by the rules that hold when it is read. */
const judgedLog = (log: DriftLog, rules: CurrentRules): LogSource<JudgedEntry> => ({
  partitions: log.partitions,
  head: () => log.head(),
  floor: () => log.floor(),
  encode: (position) => log.encode(position),
  decode: (cursor) => log.decode(cursor),
  changes: (partition, after, through, limit) =>
    log.changes(partition, after, through, limit).map(({ offset, recordedAtMs, entry }) => ({
      ...{ partition, offset, recordedAtMs },
      ...judgedEntry(entry, judgedItem(entry.drift, rules.rules, recordedAtMs)),
    })),
})

const judgedEntry = (entry: DriftEntry, drift: JudgedItem): Pick<JudgedEntry, 'event' | 'drift' | 'toJson'> => ({
  event: entry.event,
  drift,
  toJson: (cursor) => JSON.stringify({ ...entry, drift, cursor }),
})
