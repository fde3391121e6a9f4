/** What a complete scan's end means for the live resources that it has not seen. */
export interface DeletionPlan {
  readonly delete: Uint32Array
  readonly hold: Uint32Array
}

/** A scan that would newly delete more than this share of the resources that it began with, and more than this many, is held. */
const maxDeletedShare = 0.25
const maxDeletedCount = 5

/** The resources that were live when a scan began; what the scan itself brought is no part of them. */
export interface BegunWith {
  readonly live: number
  /** How many of these the scan has seen. */
  readonly seen: number
}

/**
 * The guard of invariant I6. An expired credential, a wrong region or an API's bad day looks like a mass deletion; a
 * second complete scan that agrees, or an operator, distinguishes it from a real one. A scan of the wrong account brings strangers
 * along: measured by what is live at its end, a mass deletion among many strangers would look small.
 *
 * @param fresh resources that this scan is the first to miss
 * @param held resources that an earlier complete scan missed and this one misses again
 */
export function planDeletion(begunWith: BegunWith, fresh: Uint32Array, held: Uint32Array): DeletionPlan {
  const tooMany = fresh.length > Math.max(maxDeletedCount, begunWith.live * maxDeletedShare)
  const leavesNothing = begunWith.seen === 0 && fresh.length > 0 && fresh.length + held.length >= 2
  return tooMany || leavesNothing ? { delete: held, hold: fresh } : { delete: concat(held, fresh), hold: none }
}

const none = new Uint32Array(0)

function concat(a: Uint32Array, b: Uint32Array): Uint32Array {
  const joined = new Uint32Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
