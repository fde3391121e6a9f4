import { LRUCache } from 'lru-cache'
import type { Scope } from '../../../model/scope.ts'
import type { FeedOutcome } from '../../../model/status.ts'
import type { Backlog, Nudge } from '../../source.ts'
import { affectedBy } from './affected.ts'
import { attributionOf } from './attribution-of.ts'
import { type CloudTrailEvent, type PassedOver, readMessage } from './cloudtrail-event.ts'

export interface QueueMessage {
  /** When it came into the queue, Unix milliseconds; null: not said. */
  readonly sentAtMs: number | null
  readonly body: string
  readonly receipt: string
}

/** A queue that holds events. */
export interface EventQueue {
  /** Waits for messages, some seconds at most; none is an answer too. */
  receive(signal: AbortSignal): Promise<readonly QueueMessage[]>
  remove(receipts: readonly string[], signal: AbortSignal): Promise<void>
  /** How many messages wait in it and among its dead letters; null: not known, and no failure of the feed. */
  depth(signal: AbortSignal): Promise<Pick<Backlog, 'messages' | 'deadLetters'>>
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

/** Ids of events that are remembered: EventBridge and SQS deliver at least once. */
const maxRemembered = 20_000

/**
 * AWS's reads may lag behind its writes by seconds to a minute (documented for EC2, IAM, S3), so what an event names is read again
 * after these pauses, in milliseconds.
 */
const againAfterMs = [2_000, 10_000, 60_000]

/** The queue is asked this often how much waits in it, milliseconds. */
const depthEveryMs = 60_000
const unknownDepth: Pick<Backlog, 'messages' | 'deadLetters'> = { messages: null, deadLetters: null }

/**
 * Follows a queue of CloudTrail events until the signal: each event wakes the scopes that it is about, and says who did it. A message is
 * removed when its scopes are woken; scans are the truth, so that a message that is lost or forged costs at most a scan.
 */
export async function followQueue(
  queue: EventQueue,
  watched: Watched,
  out: Pick<Nudge, 'dirty' | 'received' | 'backlog'>,
  signal: AbortSignal,
  pausesMs: readonly number[] = againAfterMs,
): Promise<void> {
  const remembered = new LRUCache<string, true>({ max: maxRemembered })
  const again = new Repeats(pausesMs, (scope) => out.dirty(scope))
  const take = (event: CloudTrailEvent): FeedOutcome => {
    if (remembered.has(event.id)) return 'duplicate'
    remembered.set(event.id, true)
    const woken = scopesOf(event, watched)
    for (const [scope, ids] of woken) {
      out.dirty(scope, ids, attributionOf(event))
      again.plan(scope)
    }
    return woken.length > 0 ? 'taken' : 'not_watched'
  }
  try {
    for (let lookAt = 0, depth = unknownDepth; !signal.aborted; ) {
      if (performance.now() >= lookAt) {
        depth = await queue.depth(signal)
        lookAt = performance.now() + depthEveryMs
      }
      const messages = await queue.receive(signal)
      out.backlog({ lagMs: lagOf(messages, Date.now()), ...depth })
      if (messages.length === 0) continue
      const read = messages.map(({ body }) => readMessage(body, watched.account))
      const outcomes = [...inOrder(read.filter(isEvent)).map(take), ...read.filter(isPassedOver).map(outcomeOf)]
      for (const [outcome, { length }] of Map.groupBy(outcomes, (one) => one)) out.received(outcome, length)
      await queue.remove(
        messages.map(({ receipt }) => receipt),
        signal,
      )
    }
  } finally {
    again.stop()
  }
}

/** From the sending of the oldest message, milliseconds. */
const lagOf = (messages: readonly QueueMessage[], nowMs: number): number =>
  Math.max(0, ...messages.map(({ sentAtMs }) => (sentAtMs === null ? 0 : nowMs - sentAtMs)))

const isEvent = (read: CloudTrailEvent | PassedOver): read is CloudTrailEvent => typeof read !== 'string'
const isPassedOver = (read: CloudTrailEvent | PassedOver): read is PassedOver => typeof read === 'string'
const outcomeOf = (why: PassedOver): FeedOutcome => (why === 'unusable' ? 'unusable' : 'not_watched')

/** Events in the order in which they happened, whatever the order in which they came. */
const inOrder = (events: readonly CloudTrailEvent[]): CloudTrailEvent[] =>
  events.toSorted((a, b) => Date.parse(a.occurredAt) - Date.parse(b.occurredAt))

/** The watched scopes that an event is about, each with the ids that it names there. */
function scopesOf(event: CloudTrailEvent, { typesOf, scopeOf }: Watched): [Scope, readonly string[]][] {
  const { account, region, service } = event
  const affected = affectedBy(event) ?? new Map(typesOf(service).map((type) => [type, []]))
  return [...affected].flatMap(([type, ids]): [Scope, readonly string[]][] => {
    const scope = scopeOf(account, region, type)
    return scope === null ? [] : [[scope, ids]]
  })
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
