import type { Scope } from '../../../model/scope.ts'
import type { FeedMessage, FeedQueue } from '../../calls/feed-queue.ts'
import { followFeed, type Woken } from '../../calls/follow-feed.ts'
import type { Nudge } from '../../source.ts'
import type { One } from '../table/row.ts'
import { affectedBy } from './affected.ts'
import { attributionOf } from './attribution-of.ts'
import { type CloudTrailEvent, readMessage } from './cloudtrail-event.ts'

export type QueueMessage = FeedMessage
export type EventQueue = FeedQueue

/** What of AWS is watched. */
export interface Watched {
  /** The queue's account. */
  readonly account: string
  /** The types that are read from a service, by the prefix of its endpoint. */
  typesOf(service: string): readonly string[]
  /** Null where the account, the region or the type is not watched. */
  scopeOf(account: string, region: string, type: string): Scope | null
  /** How one thing of a type is read alone; null: it isn't. */
  oneOf(type: string): One | null
}

/** Follows a queue of CloudTrail events until the signal. */
export const followQueue = (
  queue: EventQueue,
  watched: Watched,
  out: Pick<Nudge, 'changed' | 'received' | 'backlog'>,
  signal: AbortSignal,
): Promise<void> =>
  followFeed<CloudTrailEvent>(
    {
      ...{ queue, scopesOf: (event) => scopesOf(event, watched) },
      read: (body) => {
        const event = readMessage(body, watched.account)
        if (typeof event !== 'string') return event
        return event === 'unusable' ? event : 'not_watched'
      },
    },
    out,
    signal,
  )

/** The watched scopes that an event is about, each with the ids that it names there. */
function scopesOf(event: CloudTrailEvent, { typesOf, scopeOf, oneOf }: Watched): Woken[] {
  const { account, region, service, name } = event
  const affected = affectedBy(event) ?? new Map(typesOf(service).map((type) => [type, []]))
  return [...affected].flatMap(([type, ids]): Woken[] => {
    const scope = scopeOf(account, region, type)
    if (scope === null) return []
    const one = oneOf(type)
    const isDelete = one?.deletedBy?.includes(name) === true
    return [{ scope, ids, by: attributionOf(event), isDelete, canReread: one !== null }]
  })
}
