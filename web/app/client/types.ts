import type { z } from 'zod'
import type * as drift from '../../../api/drift-schemas.ts'
import type * as schemas from '../../../api/schemas.ts'
import type * as overview from '../../../api/schemas-overview.ts'

// What the API answers: the very shapes of its OpenAPI document. Types alone, so nothing of them is in the bundle.

export type Change = z.infer<typeof schemas.change>
export type Item = z.infer<typeof schemas.item>
export type ResourcePage = z.infer<typeof schemas.resources>
export type HistoryPage = z.infer<typeof schemas.history>
export type ScopePage = z.infer<typeof schemas.scopes>
export type Scope = ScopePage['scopes'][number]
export type DiffAnswer = z.infer<typeof schemas.diff>
export type Baselines = z.infer<typeof schemas.baselines>
export type ChangePage = z.infer<typeof schemas.changes>
export type Facets = z.infer<typeof overview.facets>
export type Activity = z.infer<typeof overview.activity>
export type Summary = z.infer<typeof overview.summary>
export type Configuration = z.infer<typeof overview.configuration>
export type Me = z.infer<typeof overview.me>
export type Released = z.infer<typeof schemas.released>
export type DeadLetters = z.infer<typeof schemas.deadLetters>
export type Suppressed = z.infer<typeof schemas.suppressed>
export type DriftPage = z.infer<typeof drift.drift>
export type DriftItem = DriftPage['drift'][number]
export type Coverage = z.infer<typeof drift.coverage>
