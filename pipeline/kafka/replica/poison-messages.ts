import { pause } from '../../../connectors/kafka/pause.ts'
import { VainoError } from '../../../model/errors.ts'
import type { FollowedTopic } from '../messages/foreign-messages.ts'

/** The messages of a topic between two offsets. */
export interface Span {
  readonly topic: FollowedTopic
  readonly from: number
  readonly until: number
}

/** Workers died at messages that a follower read. */
export interface PoisonFound extends Span {
  readonly deaths: number
  /** Milliseconds until they are read again. */
  readonly pauseMs: number
}

const firstPauseMs = 1_000
const maxPauseMs = 600_000

/**
 * Messages of one partition's topics at which workers died. They are not passed over, because the copy would then lack a change
 * without a sign. They are read again after pauses that double, and the worker's other partitions go on meanwhile.
 */
export class PoisonMessages {
  readonly #now: () => number
  #found: PoisonFound | null = null
  #notBeforeMs = 0

  constructor(now = () => performance.now()) {
    this.#now = now
  }

  /** Milliseconds to wait before a span is read. */
  pauseMs(span: Span): number {
    return this.#overlaps(span) ? Math.max(0, this.#notBeforeMs - this.#now()) : 0
  }

  /** Resolves when a span may be read. @throws the signal's reason when it is aborted */
  async whenDue(span: Span, signal: AbortSignal): Promise<void> {
    await pause(this.pauseMs(span), signal)
    signal.throwIfAborted()
  }

  died(span: Span): PoisonFound {
    const before = this.#overlaps(span) ? this.#found : null
    const deaths = (before?.deaths ?? 0) + 1
    this.#found = {
      topic: span.topic,
      // The cause is in every span at which workers died.
      from: Math.max(span.from, before?.from ?? span.from),
      until: Math.min(span.until, before?.until ?? span.until),
      deaths,
      pauseMs: Math.min(maxPauseMs, firstPauseMs * 2 ** (deaths - 1)),
    }
    this.#notBeforeMs = this.#now() + this.#found.pauseMs
    return this.#found
  }

  /** All of a topic before an offset was read. */
  passed(topic: FollowedTopic, next: number): void {
    if (this.#found?.topic === topic && next >= this.#found.until) this.#found = null
  }

  #overlaps({ topic, from, until }: Span): boolean {
    const found = this.#found
    return found !== null && found.topic === topic && from < found.until && until > found.from
  }
}

/** @param name the topic's */
export const poisonMessage = (name: string, partition: number, { from, until, deaths, pauseMs }: PoisonFound) =>
  new VainoError(
    'not_ready',
    `${name}/${partition}: a worker died at offsets ${from} to ${until - 1}, ${deaths} times so far; they are read again in ${pauseMs / 1000} s`,
    {
      hint: "Look at it with Kafka's console consumer. If vaino has written it, report it with the lines logged before; a newer version may read it.",
    },
  )
