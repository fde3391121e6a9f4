import { useAnswer } from '../client/answer.ts'
import { type ReadDiff, readDiff } from '../client/diff.ts'
import type { Baselines } from '../client/types.ts'
import { OpBadge } from '../parts/badge.tsx'
import { FieldDiff } from '../parts/field-diff.tsx'
import { Empty, Shown } from '../parts/panel.tsx'
import { counted, grouped } from '../parts/value.ts'
import { go, linkTo, linkWith, place } from '../shell/router.ts'

/** Differences that are drawn; filters and the API have the others. */
const maxDrawn = 200

const spans = [
  ['1h', 'an hour ago'],
  ['24h', 'a day ago'],
  ['7d', 'a week ago'],
] as const

/** Where the comparison begins: a while ago, a moment, or a baseline. */
function From() {
  const baselines = useAnswer<Baselines>('v1/baselines')
  const chosen = place.value.query.get('from') ?? '24h'
  const named = baselines.data?.baselines.filter(({ expired }) => !expired) ?? []
  return (
    <search class="filters" aria-label="What to compare with">
      <label class="filter">
        <span>From</span>
        <select value={chosen} onChange={(event) => go(linkWith({ from: event.currentTarget.value }))}>
          {spans.map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
          {named.map(({ name, cursor }) => (
            <option key={name} value={cursor}>
              baseline {name}
            </option>
          ))}
          {spans.some(([value]) => value === chosen) || named.some(({ cursor }) => cursor === chosen) ? null : (
            <option value={chosen}>{chosen}</option>
          )}
        </select>
      </label>
      <label class="filter">
        <span>or a moment, local time</span>
        <input
          type="datetime-local"
          step="1"
          onInput={({ currentTarget: { value } }) => {
            // Empty until all of it is there.
            if (value !== '') go(linkWith({ from: new Date(value).toISOString() }), { replaces: true })
          }}
        />
      </label>
    </search>
  )
}

/** What differs between two moments, one entry a resource. */
export function ComparePage() {
  const { query } = place.value
  const asked = new URLSearchParams({ from: query.get('from') ?? '24h' })
  const at = query.get('at')
  if (at !== null) asked.set('to', at)
  const answer = useAnswer<ReadDiff>(`v1/diff?${asked}`, { read: readDiff })
  return (
    <>
      <header class="page-head">
        <h1>Compare</h1>
        <p class="soft">
          What differs from then to {at === null ? 'now' : 'the chosen moment'}, whatever happened in between.
        </p>
      </header>
      <From />
      <Shown of={answer} what="the difference">
        {({ changes, isCut }) =>
          changes.length === 0 ? (
            <Empty title="Nothing differs." />
          ) : (
            <>
              <p class="soft">
                {isCut ? 'More than ' : ''}
                {counted(changes.length, 'resource')}
              </p>
              <ul class="drift-list compared">
                {changes.slice(0, maxDrawn).map(({ op, key, resource, fields }) => (
                  <li key={key} class="drift-row">
                    <div class="compared-head">
                      <OpBadge op={op} />
                      <a class="name" data-row href={linkTo('resource', { key })}>
                        {resource.name ?? resource.id}
                      </a>
                      <span class="type">{resource.type}</span>
                    </div>
                    {fields.length === 0 ? null : <FieldDiff fields={fields} />}
                  </li>
                ))}
              </ul>
              {changes.length > maxDrawn ? (
                <p class="soft">and {grouped(changes.length - maxDrawn)} more, at /v1/diff</p>
              ) : null}
            </>
          )
        }
      </Shown>
    </>
  )
}
