import type { DeadLetter, ScopeStatus } from '../model/status.ts'
import type { LoadedConfig } from '../pipeline/config/load.ts'
import type { Engine } from '../pipeline/engine.ts'
import type { CurrentRules } from '../pipeline/rules/current-rules.ts'
import type { Page } from '../storage/state-reader.ts'
import type { Audit } from './audited.ts'
import type { ChangeFeed } from './change-feed.ts'
import type { Emit } from './emit.ts'
import type { IgnoredCounts } from './ignored-counts.ts'
import type { ApiLimits } from './limits.ts'
import type { MinCursor } from './min-cursor.ts'
import type { OpenStreams } from './open-streams.ts'
import type { Site } from './site.ts'

/** What `/metrics` answers with. */
export interface MetricsPage {
  readonly contentType: string
  render(): Promise<string>
}

/** What the routes stand on. */
export interface ApiContext {
  readonly engine: Engine
  /** The scopes after one, by name in byte order, with what reads each where that is this process. */
  readonly scopes: (after: string) => Iterable<ScopeStatus>
  readonly audit: Audit
  readonly metrics: MetricsPage
  readonly version: string
  readonly site: Site
  readonly limits: ApiLimits
  readonly emit: Emit
  readonly streams: OpenStreams
  readonly feed: ChangeFeed
  /** What changes and drift are read by. */
  readonly rules: CurrentRules
  readonly ignoredCounts: IgnoredCounts
  readonly minCursor: MinCursor
  /** What the process was started with, its secrets masked; absent: its route is not there. */
  readonly configuration?: Pick<LoadedConfig, 'file' | 'warnings' | 'settings'>
  /** Messages of alerts that were given up, newest first; absent: there are no alerts. @param page as the page before it said */
  readonly undelivered?: (limit: number, page?: string) => Page<DeadLetter>
}
