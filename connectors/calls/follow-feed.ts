import type { Scope } from '../../model/scope.ts'
import type { FeedOutcome } from '../../model/status.ts'
import type { Backlog, Nudge, Report } from '../source.ts'
import type { FeedMessage, FeedQueue } from './feed-queue.ts'
import { type HoldTimes, OpenMessages, usualTimes } from './open-messages.ts'

/** One change that a system's own log tells of. */
export interface FeedEvent {
  /** Unique; an event that is delivered twice has it twice. */
  readonly id: string
  /** RFC 3339. */
  readonly occurredAt: string
}

/** What one event says to look at. */
export interface Woken extends Omit<Report, 'occurredAt'> {
  readonly scope: Scope
}

/** How one system's messages are read. */
export interface Feed<E extends FeedEvent> {
  readonly queue: FeedQueue
  /** An event, or what becomes of a message that holds none to act upon. */
  read(body: string): E | 'not_watched' | 'unusable'
  scopesOf(event: E): readonly Woken[]
}

/** The queue is asked this often how much waits in it, milliseconds. */
const depthEveryMs = 60_000
const unknownDepth: Pick<Backlog, 'messages' | 'deadLetters'> = { messages: null, deadLetters: null }

/**
 * Follows a queue of events until the signal: what each event is about is read again, with who did it. A message is removed when all that came of it is
 * committed, and held until then; what was not removed when the process ends comes again.
 */
export async function followFeed<E extends FeedEvent>(
  { queue, read, scopesOf }: Feed<E>,
  out: Pick<Nudge, 'changed' | 'received' | 'backlog'>,
  signal: AbortSignal,
  times: HoldTimes = usualTimes,
): Promise<void> {
  using open = new OpenMessages(queue, times, signal)
  const either = AbortSignal.any([signal, open.failed])
  const take = ({ event, receipt }: Received<E>): FeedOutcome => {
    if (!open.take(event.id, receipt)) return 'duplicate'
    const woken = scopesOf(event)
    Promise.all(
      woken.map(({ scope, ...report }) => out.changed(scope, { ...report, occurredAt: event.occurredAt })),
    ).then(
      (outcomes) => (outcomes.includes('not_ours') ? open.leave(event.id) : open.close(event.id)),
      (error: unknown) => open.fail(error),
    )
    return woken.length > 0 ? 'taken' : 'not_watched'
  }
  for (let lookAt = 0, depth = unknownDepth; !either.aborted; ) {
    if (performance.now() >= lookAt) {
      depth = await queue.depth(either)
      lookAt = performance.now() + depthEveryMs
    }
    await open.room(either)
    const messages = await queue.receive(either)
    out.backlog({ lagMs: lagOf(messages, Date.now()), ...depth })
    const all = messages.map(({ body, receipt }) => ({ event: read(body), receipt }))
    const events = all.filter((one): one is Received<E> => typeof one.event !== 'string')
    const others = all.flatMap(({ event, receipt }) => (typeof event === 'string' ? [{ event, receipt }] : []))
    const outcomes = [...inOrder(events).map(take), ...others.map(({ event }) => event)]
    for (const [outcome, { length }] of Map.groupBy(outcomes, (one) => one)) out.received(outcome, length)
    open.remove(others.map(({ receipt }) => receipt))
  }
  open.failed.throwIfAborted()
}

interface Received<E> {
  readonly event: E
  readonly receipt: string
}

/** From the sending of the oldest message, milliseconds. */
const lagOf = (messages: readonly FeedMessage[], nowMs: number): number =>
  Math.max(0, ...messages.map(({ sentAtMs }) => (sentAtMs === null ? 0 : nowMs - sentAtMs)))

/** Events in the order in which they happened, whatever the order in which they came. */
const inOrder = <E extends FeedEvent>(received: readonly Received<E>[]): Received<E>[] =>
  received.toSorted((a, b) => Date.parse(a.event.occurredAt) - Date.parse(b.event.occurredAt))
