import { LRUCache } from 'lru-cache'
import type { Scope } from '../../model/scope.ts'
import type { FeedOutcome } from '../../model/status.ts'
import type { Attribution, Backlog, Nudge } from '../source.ts'

/** One change that a system's own log tells of. */
export interface FeedEvent {
  /** Unique; an event that is delivered twice has it twice. */
  readonly id: string
  /** RFC 3339. */
  readonly occurredAt: string
}

/** What one event says to look at: a scope, the ids that it names there, and who did it. */
export interface Woken {
  readonly scope: Scope
  readonly ids: readonly string[]
  readonly by?: Attribution
}

export interface FeedMessage {
  /** When it was sent, Unix milliseconds; null: not said. */
  readonly sentAtMs: number | null
  readonly body: string
  readonly receipt: string
}

/** A queue that holds events. */
export interface FeedQueue {
  /** Waits for messages, some seconds at most; none is an answer too. */
  receive(signal: AbortSignal): Promise<readonly FeedMessage[]>
  remove(receipts: readonly string[], signal: AbortSignal): Promise<void>
  /** How many messages wait in it and among its dead letters; null: not known, and no failure of the feed. */
  depth(signal: AbortSignal): Promise<Pick<Backlog, 'messages' | 'deadLetters'>>
}

/** How one system's messages are read. */
export interface Feed<E extends FeedEvent> {
  readonly queue: FeedQueue
  /** An event, or what becomes of a message that holds none to act upon. */
  read(body: string): E | 'not_watched' | 'unusable'
  scopesOf(event: E): readonly Woken[]
  /** What an event names is read again after these pauses, milliseconds: reads lag behind writes. */
  readonly againAfterMs: readonly number[]
}

/** Ids of events that are remembered: feeds deliver at least once. */
const maxRemembered = 20_000
/** The queue is asked this often how much waits in it, milliseconds. */
const depthEveryMs = 60_000
const unknownDepth: Pick<Backlog, 'messages' | 'deadLetters'> = { messages: null, deadLetters: null }

/**
 * Follows a queue of events until the signal: each event wakes the scopes that it is about, and says who did it. A message is removed when
 * its scopes are woken; scans are the truth, so that a message that is lost or forged costs at most a scan.
 */
export async function followFeed<E extends FeedEvent>(
  { queue, read, scopesOf, againAfterMs }: Feed<E>,
  out: Pick<Nudge, 'dirty' | 'received' | 'backlog'>,
  signal: AbortSignal,
): Promise<void> {
  const remembered = new LRUCache<string, true>({ max: maxRemembered })
  const again = new Repeats(againAfterMs, (scope) => out.dirty(scope))
  const take = (event: E): FeedOutcome => {
    if (remembered.has(event.id)) return 'duplicate'
    remembered.set(event.id, true)
    const woken = scopesOf(event)
    for (const { scope, ids, by } of woken) {
      out.dirty(scope, ids, by)
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
      const all = messages.map(({ body }) => read(body))
      const events = all.filter((one) => typeof one !== 'string')
      const outcomes = [...inOrder(events).map(take), ...all.filter((one) => typeof one === 'string')]
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
const lagOf = (messages: readonly FeedMessage[], nowMs: number): number =>
  Math.max(0, ...messages.map(({ sentAtMs }) => (sentAtMs === null ? 0 : nowMs - sentAtMs)))

/** Events in the order in which they happened, whatever the order in which they came. */
const inOrder = <E extends FeedEvent>(events: readonly E[]): E[] =>
  events.toSorted((a, b) => Date.parse(a.occurredAt) - Date.parse(b.occurredAt))

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
