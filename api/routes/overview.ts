import { createRoute, z } from '@hono/zod-openapi'
import { VainoError } from '../../model/errors.ts'
import { isWithin } from '../../model/filter.ts'
import { type Severity, severities } from '../../model/rules.ts'
import { type ScopeCondition, type ScopeStatus, scopeConditions } from '../../model/status.ts'
import type { DriftCounter } from '../../pipeline/drift/drift-counter.ts'
import { parseTimePoint, timeForms } from '../../pipeline/time-point.ts'
import type { MinuteCount } from '../../storage/state-counts.ts'
import type { ApiContext } from '../api-context.ts'
import { nextTurn } from '../byte-source.ts'
import { once, someOf } from '../drift-query.ts'
import { sliceMs } from '../limits.ts'
import { exactQuery, minCursorParameter } from '../parameters.ts'
import { type ApiHono, type Gatekeeper, json, refusals, seenBy } from '../route.ts'
import * as schemas from '../schemas-overview.ts'
import { configurationRoutes } from './configuration.ts'
import { facetRoutes } from './facets.ts'
import { type CallerOf, meRoutes } from './me.ts'

const minuteMs = 60_000
/** Enough for a pixel a step on the widest of screens. */
const maxSteps = 1_500
const dayMs = 86_400_000

interface OverviewParts {
  /** Counts the open items; null: there is no view of drift. */
  readonly drift: DriftCounter | null
  /** Whose a request is. @throws VainoError `unauthorized`, `busy` */
  readonly caller: CallerOf
}

/** What a page begins with: counts, and what its reader may do. */
export function overviewRoutes(
  app: ApiHono,
  context: ApiContext,
  gate: Gatekeeper,
  { drift, caller }: OverviewParts,
): void {
  facetRoutes(app, context, gate)
  meRoutes(app, caller, gate)
  configurationRoutes(app, context, gate)
  activityRoute(app, context, gate)
  summaryRoute(app, context, gate, drift)
}

function activityRoute(app: ApiHono, { engine: { reader } }: ApiContext, gate: Gatekeeper): void {
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/activity',
      operationId: 'getActivity',
      summary: 'How many changes were recorded, over time',
      description:
        'From counters by minute, which are kept for 32 days, whatever is kept of the log. Rules are not asked: what they ignore is counted too.',
      tags: ['Changes'],
      ...gate('read'),
      request: {
        query: exactQuery({
          from: z
            .string(once)
            .max(100)
            .optional()
            .meta({ description: `A day ago where absent. ${timeForms}.`, example: '24h' }),
          to: z
            .string(once)
            .max(100)
            .optional()
            .meta({ description: `Now where absent. ${timeForms}.` }),
          step: z
            .string(once)
            .regex(/^[1-9]\d{0,5}[smhd]$/, 'expected a duration such as 60s, 5m or 1h')
            .optional()
            .meta({ description: `Whole minutes; 60s where absent. At most ${maxSteps} steps.`, example: '5m' }),
          by: someOf(['op', 'provider'], 'A series for each of these; absent: one for all.'),
        }),
      },
      responses: {
        200: { description: 'The counts of each step.', content: { 'application/json': { schema: schemas.activity } } },
        ...refusals(400, 503),
      },
    }),
    (c) => {
      const { from, to, step = '60s', by } = c.req.valid('query')
      const nowMs = Date.now()
      const stepMs = durationMs(step)
      const toMs = to === undefined ? nowMs : timeOf(to, 'to', nowMs)
      const firstMs = Math.floor((from === undefined ? toMs - dayMs : timeOf(from, 'from', nowMs)) / stepMs) * stepMs
      const steps = Math.max(0, Math.ceil((toMs - firstMs) / stepMs))
      if (steps > maxSteps)
        throw new VainoError('bad_request', `That is ${steps} steps; at most ${maxSteps} are answered`, {
          hint: 'Ask for a longer step, or for less time.',
        })
      const counts = reader.counts.activity(firstMs, firstMs + steps * stepMs)
      const series = seriesOf(
        counts,
        new Set(by?.split(',')),
        (minute) => Math.floor((minute - firstMs) / stepMs),
        steps,
      )
      return json({ from: new Date(firstMs).toISOString(), step_s: stepMs / 1000, series })
    },
  )
}

const unitMs = { s: 1000, m: minuteMs, h: 3_600_000, d: dayMs } as const

function durationMs(text: string): number {
  const ms = Number(text.slice(0, -1)) * unitMs[text.slice(-1) as keyof typeof unitMs]
  if (ms % minuteMs === 0) return ms
  throw new VainoError('bad_request', `step: ${text} is not a whole number of minutes`, {
    hint: 'Counters are kept by minute: ask for 60s, 5m, 1h.',
  })
}

function timeOf(text: string, parameter: string, nowMs: number): number {
  const timeMs = text === 'now' ? nowMs : parseTimePoint(text, nowMs)
  if (timeMs !== null) return timeMs
  throw new VainoError('bad_request', `${parameter}: "${text.slice(0, 80)}" is not a time`, {
    hint: `Expected one of ${timeForms}.`,
  })
}

interface Series {
  readonly op?: string
  readonly provider?: string
  readonly counts: number[]
}

function seriesOf(
  counts: readonly MinuteCount[],
  by: ReadonlySet<string>,
  stepOf: (minuteMs: number) => number,
  steps: number,
): Series[] {
  const series = new Map<string, Series>()
  for (const { minuteMs: minute, op, provider, n } of counts) {
    const named = { ...(by.has('op') && { op }), ...(by.has('provider') && { provider }) }
    const key = JSON.stringify(named)
    const one = series.get(key) ?? { ...named, counts: new Array<number>(steps).fill(0) }
    series.set(key, one)
    const step = stepOf(minute)
    one.counts[step] = (one.counts[step] ?? 0) + n
  }
  return [...series].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

function summaryRoute(
  app: ApiHono,
  { engine, minCursor, scopes: scopesAfter }: ApiContext,
  gate: Gatekeeper,
  drift: DriftCounter | null,
): void {
  const { reader, isShared } = engine
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/summary',
      operationId: 'getSummary',
      summary: 'How it stands, in a few numbers',
      tags: ['State'],
      ...gate('read', 'filtered'),
      request: { query: exactQuery({ min_cursor: minCursorParameter }) },
      responses: {
        200: { description: 'The numbers.', content: { 'application/json': { schema: schemas.summary } } },
        ...refusals(400, 429, 503),
      },
    }),
    async (c) => {
      await minCursor(c.req.valid('query').min_cursor, c.req.raw)
      const cursor = reader.encode(reader.head())
      const within = seenBy(c)
      if (within !== null) return json({ ...(await summaryWithin(within, scopesAfter(''))), cursor })
      const { resources, scopes, held, deadLetters, lastChangeAtMs } = reader.counts.summary()
      const total = Object.values(scopes).reduce((sum, n) => sum + n, 0)
      return json({
        resources,
        scopes: { ...scopes, total },
        held,
        dead_letters: isShared ? null : deadLetters,
        drift: drift === null ? null : await openDrift(drift),
        coverage: drift === null ? null : await drift.coverage(),
        last_change_at: lastChangeAtMs === null ? null : new Date(lastChangeAtMs).toISOString(),
        cursor,
      })
    },
  )
}

/** The numbers of some scopes, counted one by one. What isn't counted by scope, dead letters and drift, is null. */
async function summaryWithin(within: readonly string[], all: Iterable<ScopeStatus>) {
  const scopes = { ...Object.fromEntries(scopeConditions.map((name) => [name, 0])), total: 0 } as Record<
    ScopeCondition | 'total',
    number
  >
  let [resources, held] = [0, 0]
  let last: string | null = null
  let untilMs = performance.now() + sliceMs
  for (const scope of all) {
    if (performance.now() > untilMs) {
      await nextTurn()
      untilMs = performance.now() + sliceMs
    }
    if (!isWithin(within, scope.scope)) continue
    scopes[scope.status]++
    scopes.total++
    resources += scope.resources
    held += scope.held?.deletes ?? 0
    if (scope.last_change_at !== null && scope.last_change_at > (last ?? '')) last = scope.last_change_at
  }
  return { resources, scopes, held, dead_letters: null, drift: null, coverage: null, last_change_at: last }
}

const open = new Set(['changed', 'missing', 'unmanaged'])

async function openDrift(drift: DriftCounter): Promise<Record<Severity, number>> {
  const tallies = (await drift.tallies()).filter(({ status }) => open.has(status))
  const countOf = (severity: Severity) =>
    tallies.filter((tally) => tally.severity === severity).reduce((sum, { count }) => sum + count, 0)
  return Object.fromEntries(severities.map((severity) => [severity, countOf(severity)])) as Record<Severity, number>
}
