import type { DecodedRecords } from '../../../connectors/kafka/kafka.ts'

/** Topics that vaino alone writes, as their followers read them. */
export type FollowedTopic = 'changes' | 'state'

/** Why a message there is passed over: a batch that can't be decoded, no key, no value, or something else in it. */
export const foreignReasons = ['unreadable', 'no_key', 'no_value', 'not_a_change', 'not_a_state'] as const
export type ForeignReason = (typeof foreignReasons)[number]

/** Messages of another program, one after the other. */
export interface ForeignSpan {
  readonly reason: ForeignReason
  /** Of the first one. */
  readonly offset: number
  readonly count: number
}

export interface ForeignFound extends ForeignSpan {
  readonly topic: FollowedTopic
  /** Nothing was found in this topic before. */
  readonly isFirst: boolean
}

/**
 * Counts what other programs have written to one partition's topics. The topics are read repeatedly, by a follower that
 * begins anew and by an owner-to-be that catches up: each message counts once, as long as this node runs.
 */
export class ForeignMessages {
  readonly #countedTo = { changes: 0, state: 0 }
  readonly #known = new Set<FollowedTopic>()

  /**
   * @param spans what was passed over in the log before `nextOffset`
   * @returns what of it is new, by reason
   */
  add(topic: FollowedTopic, spans: readonly ForeignSpan[], nextOffset: number): ForeignFound[] {
    const isNew = ({ offset }: ForeignSpan) => offset >= this.#countedTo[topic]
    const byReason = Map.groupBy(spans.filter(isNew), ({ reason }) => reason)
    this.#countedTo[topic] = Math.max(this.#countedTo[topic], nextOffset)
    return [...byReason].map(([reason, found]) => {
      const isFirst = !this.#known.has(topic)
      this.#known.add(topic)
      const count = found.reduce((sum, span) => sum + span.count, 0)
      return { topic, reason, offset: Math.min(...found.map(({ offset }) => offset)), count, isFirst }
    })
  }
}

/** What needn't be looked into: whatever vaino writes can be decoded, and has a key. */
export const foreignAtSight = ({
  records,
  unreadable,
}: Pick<DecodedRecords, 'records' | 'unreadable'>): ForeignSpan[] => [
  ...records.flatMap(({ offset, key }): ForeignSpan[] =>
    key === null ? [{ reason: 'no_key', offset, count: 1 }] : [],
  ),
  ...unreadable.map(({ firstOffset, lastOffset }): ForeignSpan => {
    return { reason: 'unreadable', offset: firstOffset, count: lastOffset - firstOffset + 1 }
  }),
]
