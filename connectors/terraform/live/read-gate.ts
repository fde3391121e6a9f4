/** Leaves the gate again; more calls than one change nothing. */
export type Leave = () => void

interface Waiting {
  readonly isAlone: boolean
  readonly enter: () => void
}

/**
 * Lets at most `limit` reads into a provider at once, in the order in which they came; one that must be alone is let in before those that wait, when
 * all others have left.
 */
export function readGate(limit: number): (isAlone: boolean, signal: AbortSignal) => Promise<Leave> {
  const waiting: Waiting[] = []
  let inside = 0
  let isOccupiedAlone = false

  function letIn(): void {
    for (let next = nextOf(); next !== null; next = nextOf()) {
      waiting.splice(waiting.indexOf(next), 1)
      inside++
      isOccupiedAlone = next.isAlone
      next.enter()
    }
  }

  function nextOf(): Waiting | null {
    if (isOccupiedAlone) return null
    const alone = waiting.find((one) => one.isAlone)
    if (alone !== undefined) return inside === 0 ? alone : null
    return inside < limit ? (waiting[0] ?? null) : null
  }

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
        waiting.splice(waiting.indexOf(one), 1)
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
      waiting.push(one)
      letIn()
    })
}
