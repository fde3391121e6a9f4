import type { Backlog } from '../../connectors/source.ts'
import type { Scope } from '../../model/scope.ts'
import type { TargetState } from '../../model/status.ts'

/** One target of a running source. */
export interface TargetStatus {
  readonly scope: Scope
  /** The source that reads it. */
  readonly name: string
  readonly state: TargetState
  /** Since when it is in this state. */
  readonly since: string
  /** Resources seen by the scan under way, or by the last one. */
  readonly observed: number
  /** Failed scans in a row. */
  readonly failures: number
  readonly error: string | null
}

export interface SourceStatus {
  readonly name: string
  /** `failing`: no list of targets can be made, or its feed of events fails. */
  readonly state: 'waiting' | 'collecting' | 'failing'
  readonly targets: number
  /** Scans ended since the start. */
  readonly scans: number
  readonly lastScanAt: string | null
  readonly error: string | null
  /** What waits in its feed; null: it has none, or has received nothing yet. */
  readonly backlog: Backlog | null
  /** Every target was attempted once, or the list of targets failed. */
  readonly isStarted: boolean
}
