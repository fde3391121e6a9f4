import type { Engine } from '../pipeline/engine.ts'
import type { EventName, FieldsOf } from '../pipeline/telemetry/event-table.ts'
import type { ChangeFeed } from './change-feed.ts'
import type { ApiLimits } from './limits.ts'
import type { MinCursor } from './min-cursor.ts'
import type { OpenStreams } from './open-streams.ts'

/** Makes a log line and moves the metrics. */
export type Emit = <E extends EventName>(event: E, fields: FieldsOf<E>) => void

/** What `/metrics` answers with. */
export interface MetricsPage {
  readonly contentType: string
  render(): Promise<string>
}

/** What the routes stand on. */
export interface ApiContext {
  readonly engine: Engine
  readonly metrics: MetricsPage
  readonly version: string
  readonly limits: ApiLimits
  readonly emit: Emit
  readonly streams: OpenStreams
  readonly feed: ChangeFeed
  readonly minCursor: MinCursor
}
