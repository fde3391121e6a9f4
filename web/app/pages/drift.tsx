import { useEffect, useRef } from 'preact/hooks'
import { useAnswer } from '../client/answer.ts'
import { filledPages } from '../client/filled-page.ts'
import type { DriftItem, DriftPage as Page } from '../client/types.ts'
import { actorText } from '../parts/actor.ts'
import { DriftBadge, SeverityBadge } from '../parts/badge.tsx'
import { Arrow, Who } from '../parts/change-line.tsx'
import { Copy } from '../parts/copy.tsx'
import { CoverageBar } from '../parts/coverage-bar.tsx'
import { withoutElement } from '../parts/field-tree.ts'
import { chosenQuery, type FilterField, Filters } from '../parts/filters.tsx'
import { Icon } from '../parts/icon.tsx'
import { Empty, Shown } from '../parts/panel.tsx'
import { Ago } from '../parts/time.tsx'
import { counted, scopeParts, valueText } from '../parts/value.ts'
import { go, linkTo, linkWith, place } from '../shell/router.ts'
import { pulse } from '../stream/feed.ts'
import { type DriftGroup, driftGroups } from './drift-groups.ts'
import { DriftDetails } from './drift-item.tsx'
import { certaintyOf, fieldsOf, markdownOf } from './drift-text.ts'
import { NoDrift } from './no-drift.tsx'

const limit = 500
const readDrift = filledPages<'drift', Page>('drift', limit)

const fields: readonly FilterField[] = [
  {
    name: 'status',
    label: 'Status',
    options: [
      ['changed', 'changed'],
      ['missing', 'missing'],
      ['unmanaged', 'unmanaged'],
      ['unknown', 'not known'],
      ['in_sync', 'in sync'],
    ],
  },
  {
    name: 'severity',
    label: 'Severity',
    options: [
      ['critical', 'critical'],
      ['high', 'high'],
      ['medium', 'medium'],
      ['low', 'low'],
    ],
  },
  {
    name: 'tier',
    label: 'Certainty',
    options: [
      ['since_apply', 'certain'],
      ['state', 'differs from the state'],
    ],
  },
  { name: 'state', label: 'State', example: 'terraform/app.tfstate/-/state' },
  { name: 'type', label: 'Type', example: 'aws_security_group' },
  {
    name: 'since',
    label: 'Since',
    options: [
      ['1h', 'the last hour'],
      ['24h', 'the last day'],
      ['7d', 'the last week'],
    ],
  },
  { name: 'include_suppressed', label: 'Suppressed', options: [['true', 'shown too']] },
]
const names = [...fields.map(({ name }) => name), 'at']
const isNarrowed = () => names.some((name) => name !== 'at' && place.value.query.has(name))

/** Its last names, which tell most: the whole path stands in the details. */
const lastPart = (path: string): string =>
  withoutElement(path)
    .split(/\.(?![^[]*\])/)
    .slice(-1)
    .join('.')

/** The first field, in a line. */
export function Glance({ item }: { item: DriftItem }) {
  const [field] = fieldsOf(item)
  if (field === undefined) return <span class="soft">{certaintyOf(item)}</span>
  const { path, op, before, after } = field
  const rest = item.fields.length + item.omitted - 1
  return (
    <span class="line-field">
      <span class="path">{lastPart(path)}</span>
      <span class="values">
        {op === 'add' ? null : (
          <del>
            {op === 'remove' ? '− ' : ''}
            {valueText(before, 40)}
          </del>
        )}
        {op === 'replace' ? <Arrow /> : null}
        {op === 'remove' ? null : (
          <ins>
            {op === 'add' ? '+ ' : ''}
            {valueText(after, 40)}
          </ins>
        )}
      </span>
      {rest > 0 ? <span class="soft">+{rest}</span> : null}
    </span>
  )
}

const Others = ({ items }: { items: readonly DriftItem[] }) => (
  <div class="others">
    <h3>The same on {counted(items.length, 'other')}</h3>
    <ul>
      {items.map(({ id, address, key, state }) => (
        <li key={id}>
          <a href={linkTo('resource', { key })}>{address}</a> <span class="soft">{scopeParts(state).account}</span>
        </li>
      ))}
    </ul>
  </div>
)

function GroupRow({ group: { first, items } }: { group: DriftGroup }) {
  const { id, severity, status, address, type, since, actor, rule } = first
  const isOpen = items.some((item) => item.id === place.value.query.get('open'))
  const row = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (isOpen) row.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  return (
    <li ref={row} class="drift-row" data-open={isOpen} data-status={status}>
      <button
        type="button"
        class="row-head"
        data-row
        aria-expanded={isOpen}
        onClick={() => go(linkWith({ open: isOpen ? null : id }, { keepsRows: true }), { replaces: true })}
      >
        <Icon name="open" />
        <span class="row-badges">
          {severity === null || status === 'unknown' ? null : <SeverityBadge severity={severity} />}
          {status === 'changed' && severity !== null ? null : <DriftBadge status={status} />}
        </span>
        <span class="row-name">
          <strong class="name">{items.length === 1 ? address : `${items.length} × ${type}`}</strong>
          {items.length === 1 ? null : <span class="type">{address} …</span>}
          {rule === null ? null : <span class="badge tone-calm">ignored</span>}
        </span>
        <Glance item={first} />
        <Who actor={actorText(actor)} />
        <Ago time={since} never="" />
      </button>
      {isOpen ? (
        <>
          <DriftDetails item={items.find((item) => item.id === place.value.query.get('open')) ?? first} />
          {items.length === 1 ? null : <Others items={items.filter((item) => item !== first)} />}
        </>
      ) : null}
    </li>
  )
}

export function DriftPage() {
  const query = chosenQuery(names)
  const answer = useAnswer<Page>(`v1/drift?sort=severity&limit=${limit}${query === '' ? '' : `&${query}`}`, {
    everyMs: 10_000,
    pulse,
    read: readDrift,
  })
  return (
    <>
      <header class="page-head">
        <h1>Drift</h1>
        <p class="soft">What differs from what Terraform wants.</p>
        {answer.data === null || answer.data.drift.length === 0 ? null : (
          <Copy text={() => (answer.data?.drift ?? []).map(markdownOf).join('\n')} label="Copy all as Markdown" />
        )}
      </header>
      <Shown of={answer} what="the drift">
        {({ drift, coverage, page, up_to_date }) => (
          <>
            {coverage === null || coverage.managed === 0 ? null : <CoverageBar coverage={coverage} />}
            <Filters fields={fields} label="Narrow the drift" />
            {up_to_date ? null : <p class="late-note">The view is behind what was committed, and catching up.</p>}
            {drift.length > 0 || page !== null ? null : isNarrowed() ? (
              <Empty title="Nothing of that kind." />
            ) : (
              <NoDrift found={{ coverage, up_to_date }} />
            )}
            <ul class="drift-list" id="drift-items" aria-label="What differs">
              {driftGroups(drift).map((group) => (
                <GroupRow key={group.id} group={group} />
              ))}
            </ul>
            {page === null || answer.isPartial ? null : (
              <p class="soft">
                {drift.length === 0
                  ? 'Nothing was found in four seconds of looking; narrow the list.'
                  : `The first ${counted(drift.length, 'item')}; narrow the list to see others.`}
              </p>
            )}
          </>
        )}
      </Shown>
    </>
  )
}
