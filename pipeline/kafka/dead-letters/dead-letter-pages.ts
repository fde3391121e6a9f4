import type { LogReader } from '../../../connectors/kafka/kafka.ts'
import { VainoError } from '../../../model/errors.ts'
import { type DeadLetter, sizeOfLetter } from '../../../model/status.ts'
import type { Page } from '../../../storage/state-reader.ts'
import { Permits } from '../../intake/permits.ts'
import { letterReader } from './letter.ts'
import { encodePositions, positionsIn } from './page-token.ts'
import { PartitionTail } from './partition-tail.ts'

export interface PagesParts {
  readonly topic: string
  readonly partitions: number
  readonly log: Pick<LogReader, 'read'>
  /** The ends of the topic's partitions. */
  ends(): Promise<readonly number[]>
  redactText(text: string): string
  /** Maximum milliseconds until a page, or an error. */
  readonly withinMs: number
  readonly closing: AbortSignal
}

/** @param maxBytes of JSON at which the page ends early; it holds one entry at least */
export type DeadLetterPage = (limit: number, page?: string, maxBytes?: number) => Promise<Page<DeadLetter>>

/** A page at a time is put together, so the memory for it has a bound; more than these are turned away. */
const maxWaiting = 16
/** Partitions that are read side by side: each may bring a batch as large as its topic allows. */
const readsAtOnce = 4
const leastWanted = 16

/**
 * Dead letters as the topic has them, newest first, whichever node wrote them: every node answers the same. A page's token
 * says how far each partition was read, so what comes meanwhile moves nothing.
 *
 * The order goes by the time that each letter says, and within a partition by the log.
 */
export function deadLetterPages(parts: PagesParts): DeadLetterPage {
  const { topic, partitions, withinMs, closing } = parts
  const turns = new Permits({ events: 1, bytes: 1 })
  return async (limit, page, maxBytes = Number.POSITIVE_INFINITY) => {
    const given = page === undefined ? null : positionsIn(page, partitions)
    if (turns.status.waiting >= maxWaiting) {
      throw new VainoError('busy', `${maxWaiting} requests for dead letters wait already`, { retryAfterSeconds: 1 })
    }
    const late = AbortSignal.timeout(withinMs)
    const signal = AbortSignal.any([late, closing])
    try {
      return await inTurn(turns, signal, async () => {
        const ends = await unlessAborted(parts.ends(), signal)
        const positions = ends.map((end, partition) => Math.min(end, given?.[partition] ?? end))
        return await readPage(parts, positions, { entries: limit, bytes: maxBytes }, signal)
      })
    } catch (error) {
      if (!signal.aborted) throw error
      const why = late.aborted
        ? `was not answered for within ${withinMs / 1000} s`
        : 'is not read any more: vaino stops'
      throw new VainoError('broker_unreachable', `The Kafka topic ${topic} ${why}`, {
        cause: error,
        hint: 'Check that the brokers run; `vaino doctor` tries each. GET /readyz says when Kafka is there again.',
      })
    }
  }
}

async function inTurn<T>(turns: Permits, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const { release } = await turns.acquire(1, 0, signal)
  try {
    return await work()
  } finally {
    release()
  }
}

async function readPage(
  { topic, log, redactText }: PagesParts,
  positions: readonly number[],
  limit: { readonly entries: number; readonly bytes: number },
  signal: AbortSignal,
): Promise<Page<DeadLetter>> {
  const filled = positions.filter((position) => position > 0).length
  const wanted = Math.max(leastWanted, Math.ceil(limit.entries / Math.max(1, filled)))
  const tails = positions.map((position, partition) => {
    const letterOf = letterReader(topic, partition, redactText)
    return new PartitionTail(partition, position, wanted, { log, topic, letterOf, signal })
  })
  const entries: DeadLetter[] = []
  let bytes = 0
  for (;;) {
    await lookInto(tails.filter(({ isKnown }) => !isKnown))
    const next = newestOf(tails)
    if (next === null) return { entries, page: null }
    if (entries.length === limit.entries || bytes >= limit.bytes) {
      return { entries, page: encodePositions(tails.map(({ position }) => position)) }
    }
    const letter = next.take()
    if (letter === null) continue
    entries.push(letter.entry)
    bytes += sizeOfLetter(letter.entry)
  }
}

async function lookInto(tails: readonly PartitionTail[]): Promise<void> {
  for (let first = 0; first < tails.length; first += readsAtOnce) {
    await Promise.all(tails.slice(first, first + readsAtOnce).map((tail) => tail.look()))
  }
}

/** Of one time, higher partitions come first. */
function newestOf(tails: readonly PartitionTail[]): PartitionTail | null {
  let newest: PartitionTail | null = null
  for (const tail of tails) {
    if (tail.newestMs !== null && tail.newestMs >= (newest?.newestMs ?? 0)) newest = tail
  }
  return newest
}

/** What is asked of a client library may take its own time. */
async function unlessAborted<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await Promise.race([asked, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
