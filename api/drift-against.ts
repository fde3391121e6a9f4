import type { Context } from 'hono'
import { VainoError } from '../model/errors.ts'
import { type Filter, isEmptyFilter } from '../model/filter.ts'
import { AgainstBaseline } from '../pipeline/drift/against-baseline.ts'
import type { JudgedItem } from '../pipeline/drift/judged-item.ts'
import type { ApiContext } from './api-context.ts'
import { matchingDifferences } from './matching.ts'
import { connectionOf } from './route.ts'
import { textSource } from './text-source.ts'

export interface AgainstQuery {
  /** The baseline's name. */
  readonly against: string
  readonly filter: Filter
  readonly keepsIgnored: boolean
  wants(item: JudgedItem): boolean
}

/**
 * Streams what there is now against what there was at a baseline. It is compared as it is sent, so it has no pages; `coverage`, which
 * only the whole comparison gives, comes behind the items.
 * @throws VainoError `not_found` for a baseline that is none, `cursor_expired` for one that has lost its history
 */
export function answerAgainst(c: Context, { engine, rules, streams }: ApiContext, query: AgainstQuery): Response {
  const { reader, baselines } = engine
  const from = reader.decode(baselines.cursorOf(query.against))
  const { position: to } = reader.asOf(Number.POSITIVE_INFINITY)
  const found = new AgainstBaseline(reader, to, rules.rules, Date.now())
  const { scope, ...rest } = query.filter
  function* texts(): Generator<string> {
    yield '{"drift":['
    let separator = ''
    // A baseline that was saved a moment ago may lie after the settled position of a partition.
    const until = to.map((offset, partition) => Math.max(offset, from[partition] ?? 0))
    for (const difference of matchingDifferences(reader, from, until, query.filter, { fromFirstSight: true })) {
      const item = difference === null ? null : found.take(difference.entry, query.keepsIgnored)
      if (item === null || !query.wants(item)) {
        yield ''
        continue
      }
      yield separator + JSON.stringify(item)
      separator = ',\n'
    }
    const coverage = isEmptyFilter(rest) ? found.coverage((one) => scope === undefined || one === scope) : null
    const end = JSON.stringify({ coverage, page: null, cursor: reader.encode(until), as_of: null, up_to_date: true })
    yield `],${end.slice(1)}\n`
  }
  return new Response(streams.body('diff', textSource(texts()), connectionOf(c)), {
    headers: { 'content-type': 'application/json' },
  })
}

/** Parameters of the list that a comparison with a baseline doesn't take. */
export function refuseBeside(others: Readonly<Record<string, unknown>>): void {
  const [given] = Object.entries(others).find(([, value]) => value !== undefined) ?? []
  if (given === undefined) return
  throw new VainoError('bad_request', `${given} can't be given beside against`, {
    hint: 'A comparison with a baseline is of now, and comes in one answer.',
  })
}
