import type { ScopeState } from '../model/partition-state.ts'
import type { ScanBegin } from './batch.ts'

/**
 * Whether the scan that begins is the one that ended last: then a message came twice, as happens where its answer is lost. Taken for
 * the next scan, it would confirm what the guard holds (invariant I6), and delete what is there only since it began.
 *
 * A begin that doesn't say when it was is a new scan each time.
 */
export const hasEnded = ({ ended }: ScopeState, { scan, saidAtMs }: ScanBegin): boolean =>
  ended !== null && saidAtMs !== null && ended.scan === scan && ended.beganAtMs === saidAtMs
