import type { DriftItem } from '../client/types.ts'

/** Filters that a place in the tree sets; whatever else is chosen stays. */
export const narrowingNames = ['key_prefix', 'provider', 'account', 'location', 'type', 'scope'] as const

/** Filters of the API that hold at a place in the tree. */
export type Narrowing = Readonly<Partial<Record<(typeof narrowingNames)[number], string>>>

/** The choices that lead to a place, and away from another. */
export const choicesOf = (narrowing: Narrowing): Readonly<Record<string, string | null>> =>
  Object.fromEntries(narrowingNames.map((name) => [name, narrowing[name] ?? null]))

/** Whether a place is the chosen one, or leads to it. */
export function relationTo(narrowing: Narrowing, query: URLSearchParams): 'chosen' | 'above' | 'elsewhere' {
  const chosen = narrowingNames.filter((name) => query.has(name))
  const own = narrowingNames.filter((name) => narrowing[name] !== undefined)
  const leads = own.every((name) => {
    const there = query.get(name) ?? ''
    return name === 'key_prefix' ? there.startsWith(narrowing[name] ?? '') : there === narrowing[name]
  })
  if (!leads) return 'elsewhere'
  return chosen.length === own.length && own.every((name) => query.get(name) === narrowing[name]) ? 'chosen' : 'above'
}

const isDrift = ({ status }: DriftItem): boolean => status !== 'in_sync' && status !== 'unknown'

/** `-` stands for none, as in the filters of the API. */
const orNone = (text: string | null): string => text ?? '-'

/** How many of some items of drift are in a place: the real thing's, or what a state wants. */
export function driftWithin(items: readonly DriftItem[], narrowing: Narrowing): number {
  const { key_prefix: prefix = '', provider, account, location, type, scope } = narrowing
  return items.filter((item) => {
    const keys = [item.key, `${item.state}/${item.address}`]
    return (
      isDrift(item) &&
      keys.some((key) => key.startsWith(prefix) && (scope === undefined || key.startsWith(`${scope}/`))) &&
      (provider === undefined || item.provider === provider) &&
      (account === undefined || orNone(item.account) === account) &&
      (location === undefined ||
        [item.region, item.namespace, item.region ?? orNone(item.namespace)].includes(location)) &&
      (type === undefined || item.type === type)
    )
  }).length
}
