import { z } from '@hono/zod-openapi'
import { driftStatuses, driftTiers } from '../model/drift.ts'
import { type Filter, isWithin, matches } from '../model/filter.ts'
import type { Resource } from '../model/resource.ts'
import { severities } from '../model/rules.ts'
import { splitKey } from '../model/scope.ts'
import type { JudgedItem } from '../pipeline/drift/judged-item.ts'
import type { Narrowing } from '../pipeline/drift/narrowed-items.ts'
import { suppressedParameter } from './parameters.ts'

export const once = { error: 'given more than once; once is expected' }

/** `changed,missing`: any of them. */
export const someOf = (names: readonly string[], description: string) =>
  z
    .string(once)
    .regex(
      new RegExp(`^(?:${names.join('|')})(?:,(?:${names.join('|')}))*$`),
      `expected some of ${names.join(', ')}, with commas between`,
    )
    .optional()
    .meta({ description, example: names.slice(0, 2).join(',') })

export const driftFilters = {
  status: someOf(driftStatuses, 'Of these statuses; absent: all but `in_sync`.'),
  tier: someOf(driftTiers, 'Changed, and known so.'),
  severity: someOf(severities, 'As severe.'),
  state: z.string(once).max(1024).optional().meta({
    description: 'Of this state.',
    example: 'terraform/network.tfstate/-/state',
  }),
  include_suppressed: suppressedParameter,
}

export interface DriftQuery {
  readonly status?: string | undefined
  readonly tier?: string | undefined
  readonly severity?: string | undefined
  readonly state?: string | undefined
  readonly include_suppressed?: string | undefined
}

/**
 * Whether an item is asked for. The filters of every list hold for the state's scope and for the live one.
 * @param sinceMs what is open since this time or later, Unix milliseconds; null: whenever it began
 */
export function wantedItems(
  query: DriftQuery,
  filter: Filter,
  sinceMs: number | null = null,
): (item: JudgedItem) => boolean {
  const setOf = (list: string | undefined) => (list === undefined ? null : new Set(list.split(',')))
  const [statuses, tiers, wantedSeverities] = [setOf(query.status), setOf(query.tier), setOf(query.severity)]
  return (item) =>
    (statuses?.has(item.status) ?? item.status !== 'in_sync') &&
    (tiers === null || (item.tier !== null && tiers.has(item.tier))) &&
    (wantedSeverities === null || (item.severity !== null && wantedSeverities.has(item.severity))) &&
    (query.state === undefined || query.state === item.state) &&
    (item.rule === null || query.include_suppressed === 'true') &&
    (sinceMs === null || (item.since !== null && Date.parse(item.since) >= sinceMs)) &&
    passes(filter, item)
}

/** The part of {@link wantedItems} that the view's columns know. */
export function narrowingOf(query: DriftQuery, filter: Filter, sinceMs: number | null): Narrowing {
  const listOf = (list: string | undefined) => list?.split(',')
  return {
    ...{ filter, state: query.state, statuses: listOf(query.status), tiers: listOf(query.tier) },
    ...{ severities: listOf(query.severity), ignoredToo: query.include_suppressed === 'true' },
    sinceMs: sinceMs ?? undefined,
  }
}

/** Both sides of an item must be seen by who asks: it has fields of both. */
const isSeen = ({ within }: Filter, { state, key }: JudgedItem): boolean =>
  within === undefined || (isWithin(within, state) && isWithin(within, splitKey(key)?.scope ?? ''))

function passes(filter: Filter, item: JudgedItem): boolean {
  if (!isSeen(filter, item)) return false
  const { address: id, type, provider, name, account, region, namespace, tags } = item
  const resource: Resource = { id, type, provider, name, account, region, namespace, tags: { ...tags } }
  const read = splitKey(item.key) ?? { scope: item.state, id }
  // The key of a part is that of the whole.
  const places = [{ scope: item.state, id }, { scope: read.scope, id }, read]
  return places.some(({ scope, id }) => matches({ ...filter, within: undefined }, scope, { ...resource, id }))
}
