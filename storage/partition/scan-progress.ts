import type { ScopeState } from '../../model/partition-state.ts'
import { resourceState } from './schema.ts'
import { MarkLog, SeenMarks, seenSinceBegin, seenUnderScan, unpackMarks } from './seen-marks.ts'
import type { Statements } from './statements.ts'

/**
 * What the open scans have seen: in memory as marks, in the file as what each transaction added, so that a scan goes on
 * after a crash with what it knew.
 */
export class ScanProgress {
  readonly #sql: Statements
  readonly #marks = new SeenMarks()
  /** What this transaction adds; bounded by the observations that it holds. */
  readonly #pending = new Map<ScopeState, MarkLog>()

  constructor(sql: Statements) {
    this.#sql = sql
    for (const row of sql.seenOfOpenScans.iterate()) {
      for (const { resource, bits } of unpackMarks(row.marks as Uint8Array)) {
        this.#marks.set(resource, Number(row.epoch), bits)
      }
    }
  }

  /** Notes an observation. @returns whether it is the scope's first in this transaction, so that its row has to be written */
  mark(scope: ScopeState, resource: number, underScan: boolean, wasLive: boolean): boolean {
    if (scope.scan === null) return false
    const before = this.#marks.get(resource, scope.epoch)
    const bits = before | seenSinceBegin | (underScan ? seenUnderScan : 0)
    if (bits === before) return false
    if ((before & seenSinceBegin) === 0) {
      scope.seen++
      // Its first mark, and it was live: so it was when the scan began, because whatever has come since has a mark.
      if (wasLive) scope.seenFromBefore++
    }
    if ((bits & seenUnderScan) > (before & seenUnderScan)) scope.seenUnderScan++
    return this.#set(scope, resource, bits)
  }

  /** Takes an observation back, of a resource that is live no more; that it was observed under the scan still counts. */
  unmark(scope: ScopeState, resource: number): void {
    if (scope.scan === null) return
    const bits = this.#marks.get(resource, scope.epoch)
    if ((bits & seenSinceBegin) === 0) return
    scope.seen--
    this.#set(scope, resource, bits & ~seenSinceBegin)
  }

  /** Live resources that the open scan hasn't seen, by name. The scope's counts say whether there can be any. */
  unseen(scope: ScopeState): { fresh: Uint32Array; held: Uint32Array } {
    const fresh: number[] = []
    const held: number[] = []
    if (scope.live > scope.seen) {
      for (const row of this.#sql.liveOfScope.iterate(scope.id)) {
        const resource = Number(row.id)
        if ((this.#marks.get(resource, scope.epoch) & seenSinceBegin) !== 0) continue
        if (row.state === resourceState.held) held.push(resource)
        else fresh.push(resource)
      }
    }
    return { fresh: Uint32Array.from(fresh), held: Uint32Array.from(held) }
  }

  forget(scope: ScopeState): void {
    this.#pending.delete(scope)
    this.#sql.dropSeen.run(scope.id)
  }

  /** Writes what this transaction added. @returns its bytes */
  flush(): number {
    let bytes = 0
    for (const [scope, log] of this.#pending) {
      const marks = log.bytes()
      bytes += marks.byteLength
      this.#sql.insertSeen.run(scope.id, marks)
    }
    this.#pending.clear()
    return bytes
  }

  #set(scope: ScopeState, resource: number, bits: number): boolean {
    this.#marks.set(resource, scope.epoch, bits)
    const pending = this.#pending.get(scope)
    const log = pending ?? new MarkLog()
    log.add(resource, bits)
    if (pending === undefined) this.#pending.set(scope, log)
    return pending === undefined
  }
}
