import { createRoute, z } from '@hono/zod-openapi'
import type { ApiContext } from '../api-context.ts'
import { readChangePage } from '../change-page.ts'
import { filteredQuery, filterOf, wholeNumber } from '../parameters.ts'
import { oldestSince, readPoint } from '../position.ts'
import { type ApiHono, type Gatekeeper, jsonText, refusals, seenBy } from '../route.ts'
import * as schemas from '../schemas.ts'
import { wantedChanges } from '../wanted.ts'

const pageLimit = 100
const defaultSinceMs = 7 * 86_400_000

const query = filteredQuery({
  since: z.string({ error: 'given more than once; once is expected' }).max(5000).optional().meta({
    description: `A time, or the \`cursor\` of the answer before; absent: a week ago, or as far back as the log goes.`,
    example: '2h',
  }),
  limit: wholeNumber(`Maximum changes of a page, ${pageLimit} where absent.`, 1, 1000),
})

export function suppressedRoutes(app: ApiHono, api: ApiContext, gate: Gatekeeper): void {
  const { engine, ignoredCounts, limits, rules } = api
  const { reader } = engine
  app.openapi(
    createRoute({
      method: 'get',
      path: '/v1/suppressed',
      operationId: 'listSuppressed',
      summary: 'What the rules ignore: each rule, and the changes',
      description:
        'Changes in the order of the log, by the rules as they are now. A page may be empty before the end: it ends after 80 ms of looking. Go on from its `cursor` until `up_to_date`.',
      tags: ['Changes'],
      ...gate('read'),
      ...query,
      responses: {
        200: {
          description: 'The rules, and a page of changes.',
          content: { 'application/json': { schema: schemas.suppressed } },
        },
        ...refusals(400, 410, 429, 503),
      },
    }),
    async (c) => {
      const { since, limit = pageLimit, ...filters } = c.req.valid('query')
      const from =
        since === undefined
          ? oldestSince(reader, Date.now() - defaultSinceMs)
          : readPoint(reader, since, 'since').position
      const passes = wantedChanges(filterOf(filters, seenBy(c)), {})
      const options = { limit, maxBytes: limits.pageBytes, maxMs: limits.pageMs }
      const ruleOf = rules.ruleOf.bind(rules)
      const page = rules.rules.ignoresChanges
        ? await readChangePage(reader, from, { passes, suppressed: 'only' }, ruleOf, options)
        : { texts: [], cursor: reader.encode(reader.head()), upToDate: true }
      const list = rules.rules.set.ignore.map(({ name, reason, untilMs }) => {
        const counted = ignoredCounts.of(name)
        return {
          rule: name,
          reason,
          until: untilMs === null ? null : new Date(untilMs).toISOString(),
          place: rules.placeOf(name),
          ignored: counted?.changes ?? 0,
          last_at: counted === null ? null : new Date(counted.lastAtMs).toISOString(),
          problem: rules.week?.problemOf(name) ?? null,
        }
      })
      const counted_since = new Date(ignoredCounts.sinceMs).toISOString()
      const text = `{"rules":${JSON.stringify(list)},"counted_since":"${counted_since}","changes":[${page.texts.join(',')}],"cursor":"${page.cursor}","up_to_date":${page.upToDate}}`
      return jsonText(text)
    },
  )
}
