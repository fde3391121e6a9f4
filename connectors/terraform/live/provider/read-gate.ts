/** Leaves the gate again; more calls than one change nothing. */
export type Leave = () => void

interface Waiting {
  readonly isAlone: boolean
  readonly enter: () => void
}

const first = <T>(set: ReadonlySet<T>): T | undefined => set.values().next().value

/**
 * Lets at most `limit` reads into a provider at once, in the order in which they came; one that must be alone is let in before those that wait, when
 * all others have left.
 */
export function readGate(limit: number): (isAlone: boolean, signal: AbortSignal) => Promise<Leave> {
  // Sets keep the order in which they were filled, and forget one of thousands at once.
  const waiting = new Set<Waiting>()
  const alone = new Set<Waiting>()
  let inside = 0
  let isOccupiedAlone = false

  function letIn(): void {
    for (let next = nextOf(); next !== undefined; next = nextOf()) {
      forget(next)
      inside++
      isOccupiedAlone = next.isAlone
      next.enter()
    }
  }

  function nextOf(): Waiting | undefined {
    if (isOccupiedAlone) return undefined
    if (alone.size > 0) return inside === 0 ? first(alone) : undefined
    return inside < limit ? first(waiting) : undefined
  }

  const forget = (one: Waiting): boolean => (one.isAlone ? alone : waiting).delete(one)

  function leaveOnce(isAlone: boolean): Leave {
    let isInside = true
    return () => {
      if (!isInside) return
      isInside = false
      inside--
      if (isAlone) isOccupiedAlone = false
      letIn()
    }
  }

  return (isAlone, signal) =>
    new Promise<Leave>((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason)
        return
      }
      const abort = (): void => {
        forget(one)
        reject(signal.reason)
        letIn()
      }
      const one: Waiting = {
        isAlone,
        enter() {
          signal.removeEventListener('abort', abort)
          resolve(leaveOnce(isAlone))
        },
      }
      signal.addEventListener('abort', abort, { once: true })
      ;(isAlone ? alone : waiting).add(one)
      letIn()
    })
}
