import { createRoute, z } from '@hono/zod-openapi'
import { VainoError } from '../../model/errors.ts'
import { type Severity, severities } from '../../model/rules.ts'
import type { After } from '../../pipeline/drift/drift-list.ts'
import type { DriftLog } from '../../pipeline/drift/drift-log.ts'
import { type JudgedItem, judgedItem } from '../../pipeline/drift/judged-item.ts'
import { narrowedItems } from '../../pipeline/drift/narrowed-items.ts'
import { parseTimePoint, timeForms } from '../../pipeline/time-point.ts'
import { outOfReach } from '../access.ts'
import type { ApiContext } from '../api-context.ts'
import type { Within } from '../caller.ts'
import { answerAgainst, refuseBeside } from '../drift-against.ts'
import type { DriftSource, JudgedEntry } from '../drift-log.ts'
import { type DriftQuery, driftFilters, narrowingOf, once, someOf, wantedItems } from '../drift-query.ts'
import * as schemas from '../drift-schemas.ts'
import { followHeaders, followParameters, followResponses } from '../follow-definition.ts'
import { beginOf, type FollowedLog, followLog } from '../follow-log.ts'
import { fillPage } from '../list-page.ts'
import { decodePage, encodePage, type PageStart } from '../page-token.ts'
import { atParameter, exactQuery, filteredQuery, filterOf, pageParameter, wholeNumber } from '../parameters.ts'
import { asOfHeader, asOfHeaderDefinition, type Point, readPoint } from '../position.ts'
import { type ApiHono, type Gatekeeper, json, jsonText, refusals, seenBy } from '../route.ts'

const pageLimit = 100

const listQuery = filteredQuery({
  ...driftFilters,
  since: z
    .string(once)
    .max(100)
    .optional()
    .meta({ description: `Open since this time or later: ${timeForms}.`, example: '24h' }),
  at: atParameter.meta({
    description: `As of this time, or this cursor of the drift log: what was open then, as the log knew it. What was in sync or unknown then is not listed, and \`coverage\` is null. A time is one of ${timeForms}.`,
  }),
  against: z.string(once).max(64).optional().meta({
    description:
      'Instead of the states, this baseline is what is wanted: what has become of everything that there is since then. `unmanaged` is what was not there then; what was seen for the first time since, in a scope that had never been read whole, is compared with what was seen then. One answer without pages, in no order; `cursor` is one of `/v1/changes`, and `coverage` is null beside filters of single resources.',
    example: 'before-migration',
  }),
  sort: z
    .enum(['severity'], { error: 'expected "severity", once' })
    .optional()
    .meta({ description: 'The worst first; of one severity, as without it, by state and address.' }),
  limit: wholeNumber(
    `Maximum items of a page, ${pageLimit} where absent; a page can hold fewer, or none, where they are large or few pass.`,
    1,
    1000,
  ),
  page: pageParameter,
})

const logQuery = filteredQuery({
  ...driftFilters,
  ...followParameters,
  event: someOf(['open', 'changed', 'resolved'], 'Only these events.'),
})

function timeOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const timeMs = parseTimePoint(text, Date.now())
  if (timeMs !== null) return timeMs
  throw new VainoError('bad_request', `since: "${text.slice(0, 80)}" is not a time`, {
    hint: `Expected one of ${timeForms}.`,
  })
}

/** The position that a list shows: the page's own, the newest, or that of a time or cursor. */
function pointOf(log: DriftLog, start: PageStart | null, at: string | undefined): Pick<Point, 'position' | 'asOf'> {
  if (start !== null) return { position: log.decode(start.cursor), asOf: start.asOf ?? null }
  return at === undefined ? { position: log.head(), asOf: null } : readPoint(log, at, 'at')
}

/** Where a list stands: in which of its parts, and there at which place. */
interface Place extends After {
  readonly part: number
}

/** A page's token holds it, with a character between its members that no scope has. */
const separator = '\u0000'
const textOfPlace = ({ part, state, address }: Place): string => [part, state, address].join(separator)
const startOf = (after: string): Place => {
  const [part, state = '', address = ''] = after.split(separator)
  return { part: Number(part), state, address }
}

/** A part of a list that is sorted by severity: of one severity, or (null) what has none; undefined: all of it. */
interface Part {
  readonly severity: Severity | null | undefined
  readonly query: ListQuery
}

function partsOf(query: ListQuery): readonly Part[] {
  if (query.sort === undefined) return [{ severity: undefined, query }]
  const [asked, statuses] = [query.severity?.split(','), query.status?.split(',')]
  // What is in sync has no severity, and is most: it is looked at once.
  const status = statuses?.filter((one) => one !== 'in_sync').join(',')
  const rated = status === '' ? [] : severities.filter((one) => asked?.includes(one) ?? true)
  const unrated = asked === undefined && statuses?.includes('in_sync') === true
  return [
    ...rated.map((severity) => ({ severity, query: { ...query, severity, status } })),
    ...(unrated ? [{ severity: null, query: { ...query, status: 'in_sync' } }] : []),
  ]
}

export function driftRoutes(app: ApiHono, api: ApiContext, gate: Gatekeeper, drift: DriftSource): void {
  const list = listOf(api, drift)

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/drift',
      operationId: 'listDrift',
      summary: 'What differs from the Terraform states, and what is not known',
      description:
        'For every state that is read live, or that stands beside what is collected: by state and address. A page may be empty before the end, because it ends after 80 ms of looking: go on until `page` is null. `unmanaged` is what was collected and is in no state. `tier` says how certain it is: `since_apply` differs from what the same reading showed when the state last moved, `state` differs from the state by the rules of the schema. `missing` is what Terraform would create anew. What could not be read is `unknown` with its `reason`, and keeps what was known last. `coverage` counts all managed instances that pass `provider`, `account`, `location`, `type` and `state`, whatever the other filters; states that are not read live are among its `unknown`. What a rule ignores is left out of the list and counted as `suppressed`, and `include_suppressed=true` brings it. `cursor` is where `GET /v1/drift/changes` goes on.',
      tags: ['Drift'],
      ...gate('read', 'filtered'),
      ...listQuery,
      responses: {
        200: {
          ...{ description: 'A page.', content: { 'application/json': { schema: schemas.drift } } },
          headers: asOfHeaderDefinition,
        },
        ...refusals(400, 404, 410, 429, 503),
      },
    }),
    (c) => {
      const { against, ...query } = c.req.valid('query')
      const within = seenBy(c)
      if (against === undefined) return list(query, within, c.req.raw.signal)
      if (within !== null) throw outOfReach('what a comparison with a baseline answers with', within)
      const { at, sort, limit, page, since, ...filters } = query
      refuseBeside({ at, sort, limit, page, since })
      const filter = filterOf(filters, within)
      const keepsIgnored = filters.include_suppressed === 'true'
      return answerAgainst(c, api, { against, filter, keepsIgnored, wants: wantedItems(filters, filter) })
    },
  )

  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/coverage',
      operationId: 'getCoverage',
      summary: 'How many managed instances are in sync, drifted, or not known',
      tags: ['Drift'],
      ...gate('read'),
      request: { query: exactQuery({ state: driftFilters.state }) },
      responses: {
        200: { description: 'The counts.', content: { 'application/json': { schema: schemas.coverage } } },
        ...refusals(400, 503),
      },
    }),
    async (c) => json(await drift.counter.coverage({ state: c.req.valid('query').state })),
  )
}

interface ListQuery extends DriftQuery {
  readonly sort?: 'severity' | undefined
  readonly since?: string | undefined
  readonly at?: string | undefined
  readonly limit?: number | undefined
  readonly page?: string | undefined
}

/** Answers one page of the list of drift, of now or of the past. */
function listOf({ limits, rules }: ApiContext, { view, judged: kept, counter }: DriftSource) {
  return async (
    { since, at, limit = pageLimit, page, ...query }: ListQuery,
    within: Within,
    signal: AbortSignal,
  ): Promise<Response> => {
    const filter = filterOf({ ...query }, within)
    const sinceMs = timeOf(since)
    const question = ['drift', query, since ?? null, at ?? null, ...(within === null ? [] : [within])]
    const start = page === undefined ? null : decodePage(page, question)
    const point = pointOf(view.log, start, at)
    const { position, asOf } = point
    const cursor = view.log.encode(position)
    const wanted = wantedItems(query, filter, sinceMs)
    const nowMs = Date.now()
    const keepsIgnored = query.include_suppressed === 'true'
    const parts = partsOf(query)
    const first = start === null ? null : startOf(start.after)
    const listed = at === undefined ? await narrowedItems(kept) : null
    let reached: Place | null = null
    function* items(): Generator<JudgedItem | null> {
      for (const [part, { severity, query: asked }] of parts.entries()) {
        if (first !== null && part < first.part) continue
        const after = part === first?.part ? first : null
        const looked = (place: After) => {
          reached = { ...place, part }
        }
        const narrowing = narrowingOf(asked, filter, sinceMs)
        const found =
          listed === null ? view.log.openAt(position, after, looked, filter.within) : listed(narrowing, after, looked)
        for (const item of found) {
          const judged = item === null ? null : judgedItem(item, rules.rules, nowMs, keepsIgnored)
          const isOfPart = severity === undefined || judged?.severity === severity
          yield judged !== null && isOfPart && wanted(judged) ? judged : null
        }
      }
    }
    const filled = await fillPage(items(), {
      ...{ limit, maxBytes: limits.pageBytes, signal, textOf: (item: JudgedItem) => JSON.stringify(item) },
      ...{ maxMs: limits.pageMs, reached: () => (reached === null ? null : textOfPlace(reached)) },
    })
    const { last, hasMore, stoppedAt } = filled
    const partOf = (item: JudgedItem) =>
      query.sort === undefined ? 0 : parts.findIndex(({ severity }) => severity === item.severity)
    const lastPlace = hasMore && last !== null ? textOfPlace({ ...last, part: partOf(last) }) : null
    const end = stoppedAt ?? lastPlace
    const next = end === null ? null : encodePage({ cursor, after: end, asOf }, question)
    // Its counts don't know of which scopes they are.
    const coverage =
      at === undefined && within === null ? await counter.coverage({ ...filter, state: query.state }) : null
    const rest = JSON.stringify({ coverage, page: next, cursor, as_of: asOf, up_to_date: view.isUpToDate })
    return jsonText(`{"drift":[${filled.json}],${rest.slice(1)}`, asOfHeader(point))
  }
}

/** What opened, changed and was resolved. */
export function driftLogRoutes(app: ApiHono, api: ApiContext, gate: Gatekeeper, log: FollowedLog<JudgedEntry>): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/drift/changes',
      operationId: 'followDrift',
      summary: 'What opened, changed and was resolved, from a cursor on, and live',
      description:
        'As `/v1/changes`, with cursors of its own: `offset=<cursor of GET /v1/drift>` goes on where that list was. What becomes unknown is no entry: the log says what was known last, and the list says that it is unknown now. Rules apply when it is read.',
      tags: ['Drift'],
      ...gate('read', 'filtered'),
      ...logQuery,
      request: { ...logQuery.request, headers: followHeaders },
      responses: followResponses(schemas.driftChanges, schemas.driftEntry),
    }),
    (c) => {
      const { offset, live, limit, event, ...query } = c.req.valid('query')
      const events = event === undefined ? null : new Set(event.split(','))
      const wanted = wantedItems(query, filterOf(query, seenBy(c)))
      const passes = (entry: JudgedEntry) => (events === null || events.has(entry.event)) && wanted(entry.drift)
      const suppressed = query.include_suppressed === 'true' ? 'included' : 'left_out'
      const begin = beginOf(live, offset, c.req.valid('header')['last-event-id'])
      return followLog(c, api, log, { begin, live, limit, wanted: { passes, suppressed } })
    },
  )
}
