import { useAnswer } from '../client/answer.ts'
import type { Facets } from '../client/types.ts'
import { Shown } from '../parts/panel.tsx'
import { counted, grouped } from '../parts/value.ts'
import { linkWith, place } from '../shell/router.ts'

const facetNames = ['provider', 'account', 'location', 'type'] as const

/** Values of a facet that are listed; search finds the others. */
const maxValues = 12

/** What there is by one property, with counts: links that narrow the list, and one that widens it. */
function Facet({
  name,
  values,
  distinct,
}: {
  name: string
  values: readonly (readonly [string | null, number])[]
  distinct: number
}) {
  const chosen = place.value.query.get(name)
  const known = values.flatMap(([value, count]) => (value === null ? [] : [{ value, count }]))
  if (known.length === 0) return null
  return (
    <section class="facet" aria-labelledby={`facet-${name}`}>
      <h2 id={`facet-${name}`}>{name}</h2>
      <ul>
        {known.slice(0, maxValues).map(({ value, count }) => (
          <li key={value}>
            <a
              href={linkWith({ [name]: value === chosen ? null : value })}
              aria-current={value === chosen ? 'true' : undefined}
            >
              <span>{value}</span> <b>{grouped(count)}</b>
            </a>
          </li>
        ))}
      </ul>
      {distinct > maxValues ? <p class="soft">{counted(distinct - maxValues, 'other')}</p> : null}
    </section>
  )
}

/** What passes the filters, counted by each property. @param query the filters */
export function ResourceFacets({ query }: { query: string }) {
  const answer = useAnswer<Facets>(
    `v1/facets?by=${facetNames.join(',')}&limit=${maxValues}${query === '' ? '' : `&${query}`}`,
    { everyMs: 30_000 },
  )
  return (
    <Shown of={answer} what="the counts">
      {({ total, facets, distinct }) =>
        total === null ? (
          <p class="soft">Too many pass to be counted one by one; narrow them further.</p>
        ) : (
          <div class="facets">
            {facetNames.map((name) => (
              <Facet key={name} name={name} values={facets[name] ?? []} distinct={distinct[name] ?? 0} />
            ))}
          </div>
        )
      }
    </Shown>
  )
}
