import type { Envelope, ScopeState } from '../model/partition-state.ts'
import type { ScanBegin } from './batch.ts'

/** What a scan's begin is, compared with the scan of its scope that ended last. */
export type BeginAge = 'new' | 'repeated' | 'outdated'

/**
 * An end that states a time further ahead of this clock says nothing about the order of scans: its sender's clock was wrong, or
 * this one's was, and has been set back. Until this clock has passed that time, every scan would be refused and its changes unseen.
 */
const maxClockLeadMs = 60_000

/**
 * Whether the scan that begins is new. A message may come twice, as happens where its answer is lost. Taken for the next scan, a
 * repeated one would confirm what the guard holds (invariant I6), and delete what was created since it began.
 *
 * - `repeated`: it is the scan that ended last.
 * - `outdated`: it was observed before the last one ended, so a later view of the scope is already known.
 *
 * A begin that states no time is a new scan each time.
 */
export function ageOf({ ended }: ScopeState, { scan, saidAtMs }: ScanBegin, nowMs: number): BeginAge {
  if (ended === null || saidAtMs === null) return 'new'
  if (ended.scan === scan && ended.beganAtMs === saidAtMs) return 'repeated'
  const { endedAtMs } = ended
  const isOrdered = endedAtMs !== null && endedAtMs <= nowMs + maxClockLeadMs
  return isOrdered && saidAtMs < endedAtMs ? 'outdated' : 'new'
}

/** Whether an observation belongs to a scan that was refused as outdated. */
export const isPassedOver = ({ outdatedScan }: ScopeState, { scan }: Envelope): boolean =>
  outdatedScan !== null && scan === outdatedScan
