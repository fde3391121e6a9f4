import { useAnswer } from '../client/answer.ts'
import type { Facets, ResourcePage as Page } from '../client/types.ts'
import { chosenQuery, type FilterField, Filters } from '../parts/filters.tsx'
import { Empty, Shown } from '../parts/panel.tsx'
import { Ago } from '../parts/time.tsx'
import { counted, grouped, nameOf, scopeText } from '../parts/value.ts'
import { linkTo, linkWith, place } from '../shell/router.ts'
import { pulse } from '../stream/feed.ts'

const limit = 100

const fields: readonly FilterField[] = [
  { name: 'q', label: 'Search', example: 'name, id, ARN, tag' },
  { name: 'scope', label: 'Scope', example: 'aws/1/eu-west-1/aws_vpc' },
  { name: 'key_prefix', label: 'Key begins with', example: 'terraform/' },
  { name: 'sort', label: 'Order', options: [['-changed_at', 'last changed']] },
]
const facetNames = ['provider', 'account', 'location', 'type'] as const
const filterNames = ['q', 'scope', 'key_prefix', ...facetNames, 'at']

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

function Tree({ query }: { query: string }) {
  const answer = useAnswer<Facets>(
    `v1/facets?by=${facetNames.join(',')}&limit=${maxValues}${query === '' ? '' : `&${query}`}`,
    { everyMs: 30_000 },
  )
  return (
    <nav class="facets" aria-label="Narrow the resources">
      <Shown of={answer} what="the counts">
        {({ facets, distinct }) => (
          <>
            {facetNames.map((name) => (
              <Facet key={name} name={name} values={facets[name] ?? []} distinct={distinct[name] ?? 0} />
            ))}
          </>
        )}
      </Shown>
    </nav>
  )
}

const Row = ({ item: { key, scope, version, changed_at, resource } }: { item: Page['resources'][number] }) => (
  <tr>
    <th scope="row">
      <a class="name" data-row href={linkTo('resource', { key })} title={key}>
        {nameOf(scope, resource)}
      </a>
    </th>
    <td class="type">{resource.type}</td>
    <td class="soft">{scopeText(scope, resource.type)}</td>
    <td class="number">{grouped(version)}</td>
    <td class="number">
      <Ago time={changed_at} />
    </td>
  </tr>
)

const Table = ({ items }: { items: Page['resources'] }) => (
  <div class="wide">
    <table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Type</th>
          <th scope="col">Scope</th>
          <th scope="col" class="number">
            Version
          </th>
          <th scope="col" class="number">
            Changed
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <Row key={item.key} item={item} />
        ))}
      </tbody>
    </table>
  </div>
)

/** What is there now, or was at a moment: found by search, narrowed by counts, read page by page. */
export function ResourcesPage() {
  const query = chosenQuery(filterNames)
  const more = chosenQuery(['page', 'sort'])
  const all = [`limit=${limit}`, 'fields=header', query, more].filter((part) => part !== '').join('&')
  const answer = useAnswer<Page>(`v1/resources?${all}`, { pulse })
  const isFirst = !place.value.query.has('page')
  return (
    <>
      <header class="page-head">
        <h1>Resources</h1>
        {answer.data?.total == null ? null : <p class="soft">{counted(answer.data.total, 'resource')}</p>}
      </header>
      <Filters fields={fields} label="Find resources" />
      <div class="browse">
        <Tree query={query} />
        <Shown of={answer} what="the resources">
          {({ resources, page }) => (
            <div>
              {resources.length === 0 ? (
                <Empty title={query === '' ? 'Nothing is there yet.' : 'Nothing passes these filters.'} />
              ) : (
                <Table items={resources} />
              )}
              <p class="pager">
                {isFirst ? null : <a href={linkWith({ page: null })}>First page</a>}
                {page === null ? null : <a href={linkWith({ page })}>Next page</a>}
              </p>
            </div>
          )}
        </Shown>
      </div>
    </>
  )
}
