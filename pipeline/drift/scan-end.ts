import type { Position } from '../../model/cursor.ts'
import { stateMoved } from '../../model/drift.ts'
import type { ScanError } from '../../model/record.ts'
import type { ScopeStatus } from '../../model/status.ts'
import type { DriftPair } from '../../storage/drift/drift-rows.ts'
import type { Cause } from './drift-item.ts'
import { type Judging, judge, leave, missingCode } from './judge.ts'

/** What an ended live scan says that is no change. */
export interface ScanEnd {
  /** Says which scan it was, and how it ended. */
  readonly ended: string
  readonly atMs: number | null
  /** Why nothing is known of the whole scope; null where the errors name what they are about. */
  readonly problem: string | null
  /** By address: the reason why it was not read, or `missing`. */
  readonly addresses: ReadonlyMap<string, string>
  readonly everyMs: number | null
}

export function scanEndOf(status: ScopeStatus): ScanEnd {
  const { errors, warnings, attributes, last_attempt_at, last_complete_at } = status
  const addresses = new Map<string, string>()
  let problem: string | null = null
  for (const warning of warnings) {
    if (codeOf(warning) === missingCode) for (const id of idsOf(warning) ?? []) addresses.set(id, missingCode)
  }
  for (const error of errors) {
    const ids = idsOf(error)
    if (ids === null) problem ??= codeOf(error)
    else for (const id of ids) addresses.set(id, codeOf(error))
  }
  const every = attributes.every_ms
  return {
    ended: JSON.stringify([last_attempt_at, last_complete_at, errors, warnings.length]),
    atMs: last_attempt_at === null ? null : Date.parse(last_attempt_at),
    problem,
    addresses,
    everyMs: typeof every === 'number' && every > 0 ? every : null,
  }
}

const codeOf = (error: ScanError): string =>
  typeof error !== 'string' && typeof error.code === 'string' ? error.code : 'failing'

/** The addresses that an error is about; null where it doesn't name all of them. */
function idsOf(error: ScanError): string[] | null {
  if (typeof error === 'string') return null
  const { id, ids, count } = error
  if (typeof id === 'string') return [id]
  if (!Array.isArray(ids) || ids.length === 0) return null
  const named = ids.filter((one) => typeof one === 'string')
  return typeof count === 'number' && count > named.length ? null : named
}

/**
 * Takes the end of a live scan into the view: what it could not read, what it believes to be missing, and readings that showed no change but
 * were the first since the state moved. Runs in the store's transaction.
 * @returns the pair as it is now
 */
export function takeScanEnd(judging: Judging, pair: DriftPair, scan: ScanEnd, at: Position): DriftPair {
  const { store } = judging
  const cause: Cause = { id: `scan ${scan.ended}`, atMs: scan.atMs ?? 0, actor: null, occurredAt: null }
  const before = store.problems(pair.id)
  store.setProblems(pair.id, scan.addresses)
  const { ended, problem, everyMs, atMs: attemptAtMs } = scan
  const next: DriftPair = { ...pair, ended, problem, everyMs, attemptAtMs }
  store.setPair(next)
  for (const address of new Set([...before.keys(), ...scan.addresses.keys()])) {
    const wasMissing = before.get(address) === missingCode
    if (wasMissing !== (scan.addresses.get(address) === missingCode)) judge(judging, next, address, at, cause)
  }
  eachPage(
    (after) => store.withReason(pair.id, stateMoved, after),
    (address) => judge(judging, next, address, at, cause),
  )
  return next
}

/** Takes a pair out of the view whose live scope was forgotten. */
export function dropPair({ store }: Judging, pair: DriftPair, nowMs: number): void {
  const cause: Cause = { id: `forgotten ${pair.ended}`, atMs: nowMs, actor: null, occurredAt: null }
  eachPage(
    (after) => store.addresses(pair.id, after),
    (address) => {
      const row = store.instance(pair.id, address)
      if (row !== null) leave(store, pair, row, cause, 'not_covered')
    },
  )
  store.dropPair(pair.id)
}

function eachPage(pageAfter: (after: string) => readonly string[], act: (address: string) => void): void {
  for (let page = pageAfter(''); page.length > 0; page = pageAfter(page.at(-1) ?? '')) page.forEach(act)
}
