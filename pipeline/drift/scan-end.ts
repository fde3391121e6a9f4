import type { Position } from '../../model/cursor.ts'
import { stateMoved } from '../../model/drift.ts'
import { everyMsOf } from '../../model/staleness.ts'
import type { ScopeStatus } from '../../model/status.ts'
import type { DriftPair } from '../../storage/drift/drift-rows.ts'
import type { Cause } from './drift-item.ts'
import { judge } from './judge.ts'
import type { Judging } from './judging.ts'
import { leave } from './say.ts'
import { touched } from './stranger.ts'
import { noteWanted } from './wanted.ts'
import { nullOnce, type ScanSaid, whatScanSaid } from './why.ts'

/** What an ended live scan says that is no change. */
export interface ScanEnd {
  /** Says which scan it was, and how it ended. */
  readonly ended: string
  readonly atMs: number | null
  readonly said: ScanSaid
  readonly everyMs: number | null
}

export function scanEndOf(status: ScopeStatus): ScanEnd {
  const { errors, warnings, attributes, last_attempt_at, last_complete_at } = status
  return {
    ended: JSON.stringify([last_attempt_at, last_complete_at, errors, warnings.length]),
    atMs: last_attempt_at === null ? null : Date.parse(last_attempt_at),
    said: whatScanSaid(errors, warnings),
    everyMs: everyMsOf(attributes),
  }
}

/**
 * Takes the end of a live scan into the view: what it could not read, what it believes to be missing, and readings that showed no change but
 * were the first since the state moved. Runs in the store's transaction.
 * @returns the pair as it is now
 */
export function takeScanEnd(judging: Judging, pair: DriftPair, scan: ScanEnd, at: Position): DriftPair {
  const { store } = judging
  const cause: Cause = { id: `scan ${scan.ended}`, atMs: scan.atMs ?? 0 }
  const { ended, said, everyMs, atMs: attemptAtMs } = scan
  const wasMissing = store.missing(pair.id)
  store.setProblems(pair.id, said.unread, said.missing)
  const next: DriftPair = { ...pair, ended, problem: said.rest, everyMs, attemptAtMs }
  store.setPair(next)
  const nulled = [...said.unread].flatMap(([address, { reason }]) => (reason === nullOnce ? [address] : []))
  // The collected list may be the second witness of a null.
  const moved = wasMissing.symmetricDifference(store.missing(pair.id)).union(new Set(nulled))
  for (const address of moved) judge(judging, next, address, at, cause)
  eachPage(
    (after) => store.withReason(pair.id, stateMoved, after),
    (address) => judge(judging, next, address, at, cause),
  )
  return next
}

/** Takes a pair out of the view: its live scope, or the collected one, was forgotten, or no state has anything in its account. */
export function dropPair(judging: Judging, pair: DriftPair, at: Position, nowMs: number): void {
  const { store } = judging
  const cause: Cause = { id: `forgotten ${pair.ended}`, atMs: nowMs }
  eachPage(
    (after) => store.addresses(pair.id, after),
    (address) => {
      const row = store.instance(pair.id, address)
      if (row === null) return
      leave(judging, pair, row, cause, 'not_covered')
      if (pair.collection !== null) return
      const noted = noteWanted(judging, pair.id, address, null, at)
      for (const key of noted.keys) touched(judging, key, at, cause, noted.written)
    },
  )
  store.dropPair(pair.id)
}

function eachPage(pageAfter: (after: string) => readonly string[], act: (address: string) => void): void {
  for (let page = pageAfter(''); page.length > 0; page = pageAfter(page.at(-1) ?? '')) page.forEach(act)
}
