import { useAnswer } from '../client/answer.ts'
import type { DriftPage, Scope } from '../client/types.ts'
import { actorText } from '../parts/actor.ts'
import { DriftBadge, ScopeBadge, SeverityBadge } from '../parts/badge.tsx'
import { ChangeLine, Who } from '../parts/change-line.tsx'
import { CoverageBar } from '../parts/coverage-bar.tsx'
import { Icon } from '../parts/icon.tsx'
import { Empty, Panel, Shown } from '../parts/panel.tsx'
import { Ago } from '../parts/time.tsx'
import { counted, grouped, scopeText } from '../parts/value.ts'
import { linkTo, place } from '../shell/router.ts'
import { counts, pulse, rows } from '../stream/feed.ts'
import { Glance } from './drift.tsx'
import { driftGroups } from './drift-groups.ts'
import { byUrgency, useScopes } from './scopes.tsx'

/** Lines of each panel; the page behind its title has all. */
const firstLines = 8

function Figure({
  id,
  label,
  value,
  href,
  tone,
}: {
  id: string
  label: string
  value: string
  href: string
  tone?: string
}) {
  return (
    <a class={`figure ${tone ?? ''}`} href={href}>
      <span class="figure-label">{label}</span>
      <b id={id}>{value}</b>
    </a>
  )
}

const needsALook = ({ status }: Scope): boolean => status !== 'fresh' && status !== 'events'

/** What there is, in four numbers. */
function Figures({ scopes, isWhole }: { scopes: readonly Scope[]; isWhole: boolean }) {
  const more = isWhole ? '' : ' and more'
  const attention = scopes.filter(needsALook).length
  const seen = Object.values(counts.value).reduce((sum, count) => sum + count, 0)
  return (
    <div class="figures">
      <Figure
        id="resources"
        label="Resources"
        href={linkTo('resources')}
        value={`${grouped(scopes.reduce((sum, { resources }) => sum + resources, 0))}${more}`}
      />
      <Figure id="scopes-count" label="Scopes" href={linkTo('scopes')} value={`${grouped(scopes.length)}${more}`} />
      <Figure
        id="attention"
        label="Scopes that need a look"
        href={linkTo('scopes')}
        value={attention === 0 ? 'none' : grouped(attention)}
        {...(attention === 0 ? {} : { tone: 'attention' })}
      />
      <Figure id="seen" label="Changes since you opened this" href={linkTo('changes')} value={grouped(seen)} />
    </div>
  )
}

/** What differs, the worst first, each a link to its details. */
function DriftPanel() {
  const at = place.value.query.get('at')
  const answer = useAnswer<DriftPage>(`v1/drift?limit=200${at === null ? '' : `&at=${encodeURIComponent(at)}`}`, {
    everyMs: 15_000,
    pulse,
  })
  return (
    <Panel id="drift" title="Drift" aside={<a href={linkTo('drift')}>All</a>}>
      <Shown of={answer} what="the drift">
        {({ drift, coverage }) => {
          if (coverage !== null && coverage.managed === coverage.not_covered)
            return (
              <Empty title="No state is read live.">{'Drift shows where a terraform source has `live: true`.'}</Empty>
            )
          const groups = driftGroups(drift)
          return (
            <>
              {coverage === null ? null : <CoverageBar coverage={coverage} />}
              {groups.length === 0 ? (
                <p class="fine">
                  <Icon name="good" /> Everything is as wanted.
                </p>
              ) : null}
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

/** Scopes that are not as they should be, with the reason. */
function ScopesPanel({ scopes }: { scopes: readonly Scope[] }) {
  const found = byUrgency(scopes).filter(needsALook)
  if (found.length === 0)
    return (
      <p class="fine">
        <Icon name="good" />{' '}
        {scopes.length === 0 ? 'Nothing is watched yet.' : `All ${counted(scopes.length, 'scope')} are fresh.`}
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
  const answer = useScopes()
  const latest = rows.value.filter(({ op }) => op !== 'r').slice(0, 12)
  return (
    <>
      <h1 class="hidden-text">Overview</h1>
      <Shown of={answer} what="the figures">
        {({ scopes, page }) => <Figures scopes={scopes} isWhole={page === null} />}
      </Shown>
      <div class="columns">
        <DriftPanel />
        <Panel id="scopes" title="Needs a look" aside={<a href={linkTo('scopes')}>All scopes</a>}>
          <Shown of={answer} what="the scopes">
            {({ scopes }) => <ScopesPanel scopes={scopes} />}
          </Shown>
        </Panel>
        <Panel id="latest" title="Latest changes" aside={<a href={linkTo('changes')}>Follow</a>}>
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
