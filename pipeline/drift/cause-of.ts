import type { Change } from '../../model/change.ts'
import type { Cause } from './drift-item.ts'

/** What a change brings about; who made it is said apart. */
export const causeOf = (change: Change): Cause => ({ id: change.id, atMs: Date.parse(change.recorded_at) })
