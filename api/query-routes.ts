import type { ApiContext } from './api-context.ts'
import type { DriftSource, serveDrift } from './drift-log.ts'
import type { ApiHono, Gatekeeper } from './route.ts'
import { baselineRoutes } from './routes/baselines.ts'
import { changeRoutes } from './routes/changes.ts'
import { deadLetterRoutes } from './routes/deadletters.ts'
import { diffRoutes } from './routes/diff.ts'
import { driftLogRoutes, driftRoutes } from './routes/drift.ts'
import { ingestRoutes } from './routes/ingest.ts'
import type { CallerOf } from './routes/me.ts'
import { oneResourceRoutes } from './routes/one-resource.ts'
import { overviewRoutes } from './routes/overview.ts'
import { pageRoutes } from './routes/pages.ts'
import { resourceRoutes } from './routes/resources.ts'
import { scopeRoutes } from './routes/scopes.ts'
import { snapshotRoutes } from './routes/snapshot.ts'
import { suppressedRoutes } from './routes/suppressed.ts'

interface QueryParts {
  /** Null: there is no view of drift. */
  readonly drift: { readonly source: DriftSource; readonly served: ReturnType<typeof serveDrift> } | null
  readonly caller: CallerOf
}

/** All routes but the operational ones. */
export function queryRoutes(app: ApiHono, context: ApiContext, gate: Gatekeeper, { drift, caller }: QueryParts): void {
  resourceRoutes(app, context, gate)
  oneResourceRoutes(app, context, gate)
  overviewRoutes(app, context, gate, { drift: drift?.source.counter ?? null, caller })
  snapshotRoutes(app, context, gate)
  changeRoutes(app, context, gate)
  suppressedRoutes(app, context, gate)
  baselineRoutes(app, context, gate)
  diffRoutes(app, context, gate)
  if (drift !== null) {
    driftRoutes(app, context, gate, drift.served)
    driftLogRoutes(app, context, gate, drift.served.log)
  }
  scopeRoutes(app, context, gate)
  deadLetterRoutes(app, context, gate)
  ingestRoutes(app, context, gate)
  pageRoutes(app, context)
}
