import { useAnswer } from '../client/answer.ts'
import { filledPages } from '../client/filled-page.ts'
import type { Activity, DriftPage, Scope, Summary } from '../client/types.ts'
import { ActivityChart } from '../parts/activity-chart.tsx'
import { actorText } from '../parts/actor.ts'
import { DriftBadge, ScopeBadge, SeverityBadge } from '../parts/badge.tsx'
import { ChangeLine, Who } from '../parts/change-line.tsx'
import { CoverageBar } from '../parts/coverage-bar.tsx'
import { Icon } from '../parts/icon.tsx'
import { NowNote } from '../parts/now-note.tsx'
import { Empty, Panel, Shown } from '../parts/panel.tsx'
import { Ago } from '../parts/time.tsx'
import { grouped, scopeText } from '../parts/value.ts'
import { linkTo, linkWith, place } from '../shell/router.ts'
import { pulse, rows } from '../stream/feed.ts'
import { Glance } from './drift.tsx'
import { driftGroups } from './drift-groups.ts'
import { isCompared, NoDrift } from './no-drift.tsx'
import { Figures } from './overview-figures.tsx'
import { byUrgency, lookStatuses, useScopes } from './scopes.tsx'

/** Lines of each panel; the page behind its title has all. */
const firstLines = 8

const spans = [
  ['1h', '1m', 'hour'],
  ['24h', '15m', 'day'],
] as const

/** How much changed in the last hour or day. */
function ActivityPanel() {
  const { query } = place.value
  const [span, step] = spans.find(([name]) => name === query.get('span')) ?? spans[0]
  const at = query.get('at')
  const spanMs = span === '1h' ? 3_600_000 : 86_400_000
  const window = at === null ? `from=${span}` : `from=${new Date(Date.parse(at) - spanMs).toISOString()}&to=${at}`
  const answer = useAnswer<Activity>(`v1/activity?${window}&step=${step}&by=op`, { everyMs: 30_000, pulse })
  return (
    <Panel
      id="activity"
      title="Activity"
      aside={
        <nav class="tabs" aria-label="How far back">
          {spans.map(([name, , word]) => (
            <a
              key={name}
              href={linkWith({ span: name === '1h' ? null : name })}
              aria-current={name === span ? 'true' : undefined}
            >
              {word}
            </a>
          ))}
        </nav>
      }
    >
      <Shown of={answer} what="the activity">
        {(activity) => <ActivityChart activity={activity} />}
      </Shown>
    </Panel>
  )
}

const maxDrift = 200
const readDrift = filledPages<'drift', DriftPage>('drift', maxDrift)

/** What differs, the worst first, each a link to its details. */
function DriftPanel() {
  const at = place.value.query.get('at')
  const answer = useAnswer<DriftPage>(
    `v1/drift?sort=severity&limit=${maxDrift}${at === null ? '' : `&at=${encodeURIComponent(at)}`}`,
    {
      everyMs: 15_000,
      pulse,
      read: readDrift,
    },
  )
  return (
    <Panel id="drift" title="Drift" aside={<a href={linkTo('drift')}>All</a>}>
      <Shown of={answer} what="the drift">
        {({ drift, coverage, up_to_date }) => {
          const groups = driftGroups(drift)
          return (
            <>
              {coverage === null || !isCompared(coverage) ? null : <CoverageBar coverage={coverage} />}
              {groups.length === 0 && !answer.isPartial ? <NoDrift found={{ coverage, up_to_date }} /> : null}
              <ul class="lines">
                {groups.slice(0, firstLines).map(({ id, first, items }) => (
                  <li key={id}>
                    <a class="line" data-row href={linkTo('drift', { open: id })}>
                      {first.severity === null || first.status === 'unknown' ? (
                        <DriftBadge status={first.status} />
                      ) : (
                        <SeverityBadge severity={first.severity} />
                      )}
                      <span class="line-name">
                        {items.length === 1 ? first.address : `${items.length} × ${first.type}`}
                      </span>
                      <Glance item={first} />
                      <Who actor={actorText(first.actor)} />
                      <Ago time={first.since} never="" />
                    </a>
                  </li>
                ))}
              </ul>
            </>
          )
        }}
      </Shown>
    </Panel>
  )
}

/** Scopes that are not as they should be, with the reason. @param watched how many scopes there are; null: not known yet */
function ScopesPanel({ scopes, watched }: { scopes: readonly Scope[]; watched: number | null }) {
  const found = byUrgency(scopes)
  if (found.length === 0 && watched === 0)
    return <Empty title="Nothing is watched yet.">A source, or records that are sent, bring the first scope.</Empty>
  if (found.length === 0)
    return (
      <p class="fine">
        <Icon name="good" /> Every scope is as it should be.
      </p>
    )
  return (
    <ul class="lines">
      {found.slice(0, firstLines).map(({ scope, status, held, errors, last_complete_at }) => {
        const [error] = errors
        const why =
          held !== null
            ? `${grouped(held.deletes)} deletes wait for a word`
            : typeof error === 'string'
              ? error
              : error?.message
        return (
          <li key={scope}>
            <a class="line" data-row href={linkTo('scopes', { status })}>
              <ScopeBadge status={status} />
              <span class="line-name">{scopeText(scope)}</span>
              <span class="soft">{why ?? ''}</span>
              <Ago time={last_complete_at} never="never complete" />
            </a>
          </li>
        )
      })}
    </ul>
  )
}

/** Is everything fresh, what differs, what has changed, and what waits for a word. */
export function OverviewPage() {
  const summary = useAnswer<Summary>('v1/summary', { everyMs: 15_000, pulse })
  const scopes = useScopes(lookStatuses)
  const latest = rows.value.filter(({ op }) => op !== 'r').slice(0, 12)
  return (
    <>
      <h1 class="hidden-text">Overview</h1>
      <NowNote what="These figures are of" />
      <Shown of={summary} what="the figures">
        {(found) => <Figures summary={found} />}
      </Shown>
      <div class="columns">
        <DriftPanel />
        <div class="stack">
          <ActivityPanel />
          <Panel id="scopes" title="Needs a look" aside={<a href={linkTo('scopes')}>All scopes</a>}>
            <NowNote what="This is how it stands" />
            <Shown of={scopes} what="the scopes">
              {(found) => <ScopesPanel scopes={found.scopes} watched={summary.data?.scopes.total ?? null} />}
            </Shown>
          </Panel>
        </div>
        <Panel id="latest" title="Latest changes" aside={<a href={linkTo('changes')}>Follow</a>}>
          <NowNote what="These changes come" />
          {latest.length === 0 ? (
            <Empty title="No change yet.">The next one appears here by itself.</Empty>
          ) : (
            latest.map((row) => <ChangeLine key={row.id} row={row} />)
          )}
        </Panel>
      </div>
    </>
  )
}
