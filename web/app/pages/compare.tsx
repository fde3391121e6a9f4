import { useAnswer } from '../client/answer.ts'
import { type ReadDiff, readDiff } from '../client/diff.ts'
import { OpBadge } from '../parts/badge.tsx'
import { FieldDiff } from '../parts/field-diff.tsx'
import { Icon } from '../parts/icon.tsx'
import { Empty, Shown } from '../parts/panel.tsx'
import { Ago, Moment } from '../parts/time.tsx'
import { counted, grouped } from '../parts/value.ts'
import { linkTo, place } from '../shell/router.ts'
import { Ends } from './compare-ends.tsx'

/** Differences that are drawn; filters and the API have the others. */
const maxDrawn = 200
/** Of what was first seen in between. */
const maxSeen = 100

type Difference = ReadDiff['changes'][number]

const Line = ({ change: { op, key, resource, fields, first_seen } }: { change: Difference }) => (
  <li class="drift-row">
    <div class="compared-head">
      <OpBadge op={op} />
      <a class="name" data-row href={linkTo('resource', { key })}>
        {resource.name ?? resource.id}
      </a>
      <span class="type">{resource.type}</span>
      {first_seen === null || op === 'r' ? null : (
        <span class="soft">
          since it was first seen, <Ago time={first_seen} />
        </span>
      )}
    </div>
    {fields.length === 0 ? null : <FieldDiff fields={fields} />}
  </li>
)

/** What was only seen in between: it may have been there all the time. */
function FirstSights({ seen, isCut }: { seen: readonly Difference[]; isCut: boolean }) {
  if (seen.length === 0) return null
  const since = seen.reduce(
    (first, { first_seen }) => (first_seen !== null && first_seen < first ? first_seen : first),
    '9',
  )
  return (
    <details class="change-group first-sights" id="first-sights">
      <summary data-row>
        <Icon name="seen" />
        <span>
          {isCut ? 'More than ' : ''}
          <strong>{counted(seen.length, 'resource')}</strong> first seen since
        </span>
        <span class="soft">
          what was before <Moment time={since} /> is not known of them
        </span>
      </summary>
      <ul class="lines">
        {seen.slice(0, maxSeen).map(({ key, resource }) => (
          <li key={key}>
            <a class="line" data-row href={linkTo('resource', { key })}>
              <span class="line-name">{resource.name ?? resource.id}</span>
              <span class="type">{resource.type}</span>
            </a>
          </li>
        ))}
      </ul>
      {seen.length > maxSeen ? <p class="soft">and {grouped(seen.length - maxSeen)} more</p> : null}
    </details>
  )
}

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
        {({ changes: all, isCut }) => {
          const changes = all.filter(({ op }) => op !== 'r')
          return (
            <>
              <FirstSights seen={all.filter(({ op }) => op === 'r')} isCut={isCut} />
              {changes.length > 0 ? (
                <p class="soft">
                  {isCut ? 'More than ' : ''}
                  {counted(changes.length, 'resource')}
                </p>
              ) : isCut ? null : (
                <Empty title={all.length === 0 ? 'Nothing differs.' : 'Nothing else differs.'} />
              )}
              <ul class="drift-list compared">
                {changes.slice(0, maxDrawn).map((change) => (
                  <Line key={change.key} change={change} />
                ))}
              </ul>
              {changes.length > maxDrawn ? (
                <p class="soft">and {grouped(changes.length - maxDrawn)} more, at /v1/diff</p>
              ) : isCut ? (
                <p class="soft">and more, at /v1/diff</p>
              ) : null}
            </>
          )
        }}
      </Shown>
    </>
  )
}
