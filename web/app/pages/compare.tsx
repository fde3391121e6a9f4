import { useAnswer } from '../client/answer.ts'
import { type ReadDiff, readDiff } from '../client/diff.ts'
import { OpBadge } from '../parts/badge.tsx'
import { FieldDiff } from '../parts/field-diff.tsx'
import { Empty, Shown } from '../parts/panel.tsx'
import { counted, grouped } from '../parts/value.ts'
import { linkTo, place } from '../shell/router.ts'
import { Ends } from './compare-ends.tsx'

/** Differences that are drawn; filters and the API have the others. */
const maxDrawn = 200

/** What differs between two moments, one entry a resource. */
export function ComparePage() {
  const { query } = place.value
  const asked = new URLSearchParams({ from: query.get('from') ?? '24h' })
  const to = query.get('to') ?? query.get('at')
  if (to !== null) asked.set('to', to)
  const answer = useAnswer<ReadDiff>(`v1/diff?${asked}`, { read: readDiff })
  return (
    <>
      <header class="page-head">
        <h1>Compare</h1>
        <p class="soft">
          What differs from then to {to === null ? 'now' : 'the other moment'}, whatever happened in between.
        </p>
      </header>
      <Ends />
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
