import { LRUCache } from 'lru-cache'
import type { Scope } from '../../../model/scope.ts'
import type { Nudge } from '../../source.ts'
import { affectedBy } from './affected.ts'
import { type CloudTrailEvent, type PassedOver, readMessage } from './cloudtrail-event.ts'

export interface QueueMessage {
  readonly body: string
  readonly receipt: string
}

/** A queue that holds events. */
export interface EventQueue {
  /** Waits for messages, some seconds at most; none is an answer too. */
  receive(signal: AbortSignal): Promise<readonly QueueMessage[]>
  remove(receipts: readonly string[], signal: AbortSignal): Promise<void>
}

/** What of AWS is watched. */
export interface Watched {
  /** The queue's account. */
  readonly account: string
  /** The types that are read from a service, by the prefix of its endpoint. */
  typesOf(service: string): readonly string[]
  /** Null where the account, the region or the type is not watched. */
  scopeOf(account: string, region: string, type: string): Scope | null
}

/** What became of messages. */
export type EventCounts = Record<PassedOver | 'taken' | 'duplicate' | 'not_watched' | 'unknown_operation', number>

/** Ids of events that are remembered: EventBridge and SQS deliver at least once. */
const maxRemembered = 20_000

/**
 * AWS's reads may lag behind its writes by seconds to a minute (documented for EC2, IAM, S3), so what an event names is read again
 * after these pauses, in milliseconds.
 */
const againAfterMs = [2_000, 10_000, 60_000]

/**
 * Follows a queue of CloudTrail events until the signal: each event wakes the scopes that it is about, and says who did it. A message is
 * removed when its scopes are woken; scans are the truth, so that a message that is lost or forged costs at most a scan.
 */
export async function followQueue(
  queue: EventQueue,
  watched: Watched,
  out: Pick<Nudge, 'dirty'>,
  counts: EventCounts,
  signal: AbortSignal,
  pausesMs: readonly number[] = againAfterMs,
): Promise<void> {
  const remembered = new LRUCache<string, true>({ max: maxRemembered })
  const again = new Repeats(pausesMs, (scope) => out.dirty(scope))
  signal.addEventListener('abort', () => again.stop(), { once: true })
  try {
    while (!signal.aborted) {
      const messages = await queue.receive(signal)
      for (const event of inOrder(messages, watched.account, counts)) {
        if (remembered.has(event.id)) {
          counts.duplicate++
          continue
        }
        remembered.set(event.id, true)
        wake(event, watched, counts, (scope, ids) => {
          out.dirty(scope, ids, { occurredAt: event.occurredAt, actor: event.actor })
          again.plan(scope)
        })
      }
      if (messages.length > 0)
        await queue.remove(
          messages.map(({ receipt }) => receipt),
          signal,
        )
    }
  } finally {
    again.stop()
  }
}

/** The events of some messages in the order in which they happened, whatever the order in which they came. */
function inOrder(messages: readonly QueueMessage[], account: string, counts: EventCounts): CloudTrailEvent[] {
  const read = messages.map(({ body }) => readMessage(body, account))
  for (const one of read) if (typeof one === 'string') counts[one]++
  return read
    .filter((one): one is CloudTrailEvent => typeof one !== 'string')
    .toSorted((a, b) => Date.parse(a.occurredAt) - Date.parse(b.occurredAt))
}

function wake(
  event: CloudTrailEvent,
  { typesOf, scopeOf }: Watched,
  counts: EventCounts,
  dirty: (scope: Scope, ids: readonly string[]) => void,
): void {
  const { account, region, service } = event
  const known = affectedBy(event)
  if (known === null) counts.unknown_operation++
  const affected = known ?? new Map(typesOf(service).map((type) => [type, []]))
  let isWatched = false
  for (const [type, ids] of affected) {
    const scope = scopeOf(account, region, type)
    if (scope === null) continue
    isWatched = true
    dirty(scope, ids)
  }
  counts[isWatched ? 'taken' : 'not_watched']++
}

/** Wakes a scope again after each of some pauses; one series a scope, which a newer event begins anew. */
class Repeats {
  readonly #pausesMs: readonly number[]
  readonly #wake: (scope: Scope) => void
  /** At most one for each scope that is watched. */
  readonly #timers = new Map<Scope, ReturnType<typeof setTimeout>>()

  constructor(pausesMs: readonly number[], wake: (scope: Scope) => void) {
    this.#pausesMs = pausesMs
    this.#wake = wake
  }

  plan(scope: Scope, step = 0, waitedMs = 0): void {
    clearTimeout(this.#timers.get(scope))
    this.#timers.delete(scope)
    const dueMs = this.#pausesMs[step]
    if (dueMs === undefined) return
    const next = () => {
      this.#wake(scope)
      this.plan(scope, step + 1, dueMs)
    }
    this.#timers.set(scope, setTimeout(next, dueMs - waitedMs))
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }
}
