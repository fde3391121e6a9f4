import { useAnswer } from '../client/answer.ts'
import { filledPages } from '../client/filled-page.ts'
import type { DriftItem, DriftPage, ResourcePage as Page } from '../client/types.ts'
import { DriftBadge } from '../parts/badge.tsx'
import { chosenQuery, type FilterField, Filters } from '../parts/filters.tsx'
import { Empty, Shown } from '../parts/panel.tsx'
import { counted, nameOf } from '../parts/value.ts'
import { linkTo, linkWith, place } from '../shell/router.ts'
import { pulse } from '../stream/feed.ts'
import { narrowingNames } from './narrowing.ts'
import { ColumnChoice, chosenColumns } from './resource-columns.tsx'
import { ResourceFacets } from './resource-facets.tsx'
import { ResourceTree } from './resource-tree.tsx'

const limit = 100
/** Items of drift that the tree and the list know of; where there are more, its counts are lower bounds. */
const maxDrift = 500
const readDrift = filledPages<'drift', DriftPage>('drift', maxDrift)

const fields: readonly FilterField[] = [
  { name: 'q', label: 'Search', example: 'name, id, ARN, tag' },
  { name: 'tag.', label: 'Tag', example: 'team=web, env=prod' },
  { name: 'scope', label: 'Scope', example: 'aws/1/eu-west-1/aws_vpc' },
  { name: 'key_prefix', label: 'Key begins with', example: 'terraform/' },
  { name: 'sort', label: 'Order', options: [['-changed_at', 'last changed']] },
]
const filterNames = ['q', 'tag.', ...narrowingNames, 'at']

const sides = [
  ['tree', 'Tree'],
  ['counts', 'Counts'],
] as const

/** What narrows the list: a tree of places, or counts by each property. */
function Side({ query, drift }: { query: string; drift: DriftPage | null }) {
  const chosen = place.value.query.get('by') === 'counts' ? 'counts' : 'tree'
  return (
    <nav class="browse-side" aria-label="Narrow the resources">
      <p class="tabs">
        {sides.map(([name, word]) => (
          <a
            key={name}
            href={linkWith({ by: name === 'tree' ? null : name })}
            aria-current={name === chosen ? 'true' : undefined}
          >
            {word}
          </a>
        ))}
      </p>
      {chosen === 'counts' ? (
        <ResourceFacets query={query} />
      ) : (
        <ResourceTree drifted={{ items: drift?.drift ?? [], isCut: drift?.page != null }} />
      )}
    </nav>
  )
}

function Table({ items, drift }: { items: Page['resources']; drift: ReadonlyMap<string, DriftItem> }) {
  const columns = chosenColumns()
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            {columns.map(({ name, title, isNumber }) => (
              <th key={name} scope="col" class={isNumber ? 'number' : undefined}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => {
            const { key, scope, resource } = item
            const found = drift.get(key)
            return (
              <tr key={key}>
                <th scope="row">
                  <a class="name" data-row href={linkTo('resource', { key })} title={key}>
                    {nameOf(scope, resource)}
                  </a>{' '}
                  {found === undefined ? null : (
                    <a class="badge-link" href={linkTo('drift', { open: found.id })}>
                      <DriftBadge status={found.status} />
                    </a>
                  )}
                </th>
                {columns.map(({ name, isNumber, view }) => (
                  <td key={name} class={isNumber ? 'number' : undefined} data-column={name}>
                    {view(item)}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

/** Items by the key of the real thing and of what its state wants. */
const driftByKey = (page: DriftPage | null): ReadonlyMap<string, DriftItem> =>
  new Map((page?.drift ?? []).flatMap((item) => [item.key, `${item.state}/${item.address}`].map((key) => [key, item])))

const readPage = filledPages<'resources', Page>('resources', limit)

/** What is there now, or was at a moment: found by search, narrowed by place, read page by page. */
export function ResourcesPage() {
  const query = chosenQuery(filterNames)
  const more = chosenQuery(['page', 'sort'])
  const header = chosenColumns().some(({ needsDocument }) => needsDocument) ? '' : 'fields=header'
  const all = [`limit=${limit}`, header, query, more].filter((part) => part !== '').join('&')
  const answer = useAnswer<Page>(`v1/resources?${all}`, { pulse, read: readPage })
  const at = chosenQuery(['at'])
  // Beside the list: where it can't be had, the list is there without it.
  const drift = useAnswer<DriftPage>(`v1/drift?sort=severity&limit=${maxDrift}${at === '' ? '' : `&${at}`}`, {
    everyMs: 30_000,
    read: readDrift,
  })
  const isFirst = !place.value.query.has('page')
  const { data } = answer
  // The server has not counted what only a look at each tells; one page is counted here.
  const total = data?.total ?? (isFirst && data?.page === null ? data.resources.length : null)
  return (
    <>
      <header class="page-head">
        <h1>Resources</h1>
        {total === null ? null : <p class="soft">{counted(total, 'resource')}</p>}
        <span class="page-acts">
          <ColumnChoice />
        </span>
      </header>
      <Filters fields={fields} clears={narrowingNames} label="Find resources" />
      <div class="browse">
        <Side query={query} drift={drift.data} />
        <Shown of={answer} what="the resources">
          {({ resources, page }) => (
            <div>
              {resources.length === 0 && answer.isPartial ? null : resources.length === 0 ? (
                <Empty
                  title={
                    page !== null
                      ? 'Nothing among those that were looked at so far.'
                      : query === ''
                        ? 'Nothing is there yet.'
                        : 'Nothing passes these filters.'
                  }
                />
              ) : (
                <Table items={resources} drift={driftByKey(drift.data)} />
              )}
              {answer.isPartial ? (
                <p class="soft" role="status">
                  Looking on: {counted(resources.length, 'resource')} so far
                </p>
              ) : null}
              <p class="pager">
                {isFirst ? null : <a href={linkWith({ page: null })}>First page</a>}
                {page === null || answer.isPartial ? null : (
                  <a href={linkWith({ page })}>{resources.length === 0 ? 'Look on' : 'Next page'}</a>
                )}
              </p>
            </div>
          )}
        </Shown>
      </div>
    </>
  )
}
