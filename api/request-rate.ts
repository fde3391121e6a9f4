import { LRUCache } from 'lru-cache'
import { VainoError } from '../model/errors.ts'

/** Callers that are remembered; the one that asked longest ago is forgotten first, and begins with all of its requests again. */
const maxCallers = 10_000
/** Seconds of requests that a caller may save up and send at once. */
const burstSeconds = 2

/** Takes one of a caller's requests. @throws VainoError `busy`, with the seconds after which there is one again */
export type TakeRequest = (caller: string) => void

/** @param perSecond requests of one caller; null: unlimited */
export function createRequestRate(
  perSecond: number | null,
  nowMs: () => number = () => performance.now(),
): TakeRequest {
  if (perSecond === null) return () => {}
  const most = perSecond * burstSeconds
  const left = new LRUCache<string, { readonly requests: number; readonly atMs: number }>({ max: maxCallers })
  return (caller) => {
    const atMs = nowMs()
    const before = left.get(caller)
    const requests =
      before === undefined ? most : Math.min(most, before.requests + ((atMs - before.atMs) / 1000) * perSecond)
    left.set(caller, { requests: Math.max(0, requests - (requests >= 1 ? 1 : 0)), atMs })
    if (requests >= 1) return
    throw new VainoError('busy', `More than ${perSecond} requests a second come from one caller`, {
      hint: 'Ask less often, or follow /v1/changes instead of asking again; limits.requests_per_second says how many are answered.',
      retryAfterSeconds: (1 - requests) / perSecond,
    })
  }
}
