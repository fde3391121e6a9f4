/** What a complete scan's end means for the live resources that it has not seen. */
export interface DeletionPlan {
  readonly delete: Uint32Array
  readonly hold: Uint32Array
}

/** A scan that would newly delete more than this share of its scope's live resources, and more than this many, is held. */
const maxDeletedShare = 0.25
const maxDeletedCount = 5

/**
 * The guard of invariant I6. An expired credential, a wrong region or an API's bad day looks like a mass deletion; a
 * second complete scan that agrees, or an operator, tells it from a real one.
 *
 * @param live live resources of the scope before, the held ones included
 * @param fresh what this scan is the first to miss
 * @param held what an earlier complete scan missed and this one misses again
 */
export function planDeletion(live: number, fresh: Uint32Array, held: Uint32Array): DeletionPlan {
  const tooMany = fresh.length > Math.max(maxDeletedCount, live * maxDeletedShare)
  const leavesNothing = live >= 2 && fresh.length > 0 && fresh.length + held.length === live
  return tooMany || leavesNothing ? { delete: held, hold: fresh } : { delete: concat(held, fresh), hold: none }
}

const none = new Uint32Array(0)

function concat(a: Uint32Array, b: Uint32Array): Uint32Array {
  const joined = new Uint32Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
