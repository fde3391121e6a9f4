import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../random.ts'

const filters = [
  '',
  '&provider=test',
  '&type=thing&documents=false',
  '&tag.team=team-1',
  '&scope=push/-/-/pusher-0-watched',
]
const queries = [
  ...['/v1/resources?limit=50', '/v1/resources?q=thing-1', '/v1/facets', '/v1/summary', '/v1/scopes', '/v1/coverage'],
  ...[
    '/v1/drift?limit=20',
    '/v1/activity',
    '/v1/snapshot',
    '/v1/changes?limit=100',
    '/metrics',
    '/readyz',
    '/v1/nothing',
  ],
]

/** Counts of what the readers did, for the report. */
export interface ReaderCounts {
  streams: number
  questions: number
  /** Answers of 5xx, other than 503 while a server starts or stops. */
  readonly failures: string[]
}

/** A subscriber that comes, follows for a while with some filter, fast or slow or not at all, and goes without a word. */
export async function subscribe(
  url: () => string | null,
  random: Random,
  counts: ReaderCounts,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const at = url()
    const leave = AbortSignal.any([stop, AbortSignal.timeout(500 + random.below(20_000))])
    const slowMs = random.oneIn(4) ? 2_000 : 0
    try {
      if (at !== null) {
        const answer = await fetch(`${at}/v1/changes?offset=now&live=sse${random.pick(filters)}`, { signal: leave })
        counts.streams++
        for await (const _piece of answer.body ?? []) if (slowMs > 0) await sleep(slowMs, null, { signal: leave })
      }
    } catch {
      // It left, or the server did.
    }
    await sleep(50)
  }
}

/** Asks one thing after another. */
export async function ask(
  url: () => string | null,
  random: Random,
  counts: ReaderCounts,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const at = url()
    const query = random.pick(queries)
    try {
      if (at !== null) {
        const answer = await fetch(`${at}${query}`)
        const text = await answer.text()
        counts.questions++
        if (answer.status >= 500 && answer.status !== 503)
          counts.failures.push(`${query}: ${answer.status} ${text.slice(0, 300)}`)
      }
    } catch {
      // The server was killed.
    }
    await sleep(100)
  }
}
