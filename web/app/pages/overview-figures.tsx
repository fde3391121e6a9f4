import type { Summary } from '../client/types.ts'
import { grouped } from '../parts/value.ts'
import { linkTo } from '../shell/router.ts'
import { counts } from '../stream/feed.ts'
import { isCompared } from './no-drift.tsx'
import { lookStatuses } from './scopes.tsx'

function Figure({
  id,
  label,
  value,
  href,
  isUrgent = false,
}: {
  id: string
  label: string
  value: string
  href: string
  isUrgent?: boolean
}) {
  return (
    <a class={isUrgent ? 'figure attention' : 'figure'} href={href}>
      <span class="figure-label">{label}</span>
      <b id={id}>{value}</b>
    </a>
  )
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)

/** How much has drifted. A zero is shown only of what was compared. */
function DriftFigure({ drift, coverage }: { drift: NonNullable<Summary['drift']>; coverage: Summary['coverage'] }) {
  const differs = sum(Object.values(drift))
  const urgent = (drift.critical ?? 0) + (drift.high ?? 0)
  const label =
    coverage !== null && !isCompared(coverage)
      ? coverage.managed === coverage.not_covered
        ? 'Drift, nothing to compare with yet'
        : 'Drift, nothing could be compared'
      : urgent > 0
        ? `Drift, ${grouped(urgent)} high or critical`
        : coverage !== null && coverage.unknown > 0
          ? `Drift, ${grouped(coverage.unknown)} not known`
          : 'Drift'
  const isKnown = coverage === null || isCompared(coverage)
  return (
    <Figure
      id="differs"
      label={label}
      href={linkTo('drift')}
      value={isKnown ? grouped(differs) : '–'}
      isUrgent={urgent > 0}
    />
  )
}

/** What there is, in a few numbers. */
export function Figures({ summary: { resources, scopes, drift, coverage, held, dead_letters } }: { summary: Summary }) {
  const attention = sum(lookStatuses.map((status) => scopes[status] ?? 0))
  return (
    <div class="figures">
      <Figure id="resources" label="Resources" href={linkTo('resources')} value={grouped(resources)} />
      <Figure
        id="scopes-count"
        label={attention === 0 ? 'Scopes' : `Scopes, ${grouped(attention)} need a look`}
        href={linkTo('scopes')}
        value={grouped(scopes.total ?? 0)}
        isUrgent={attention > 0}
      />
      {drift === null ? null : <DriftFigure drift={drift} coverage={coverage} />}
      {held === 0 ? null : (
        <Figure
          id="held"
          label="Deletes held"
          href={linkTo('scopes', { status: 'held' })}
          value={grouped(held)}
          isUrgent
        />
      )}
      {dead_letters === null || dead_letters === 0 ? null : (
        <Figure id="letters" label="Dead letters" href={linkTo('deadletters')} value={grouped(dead_letters)} isUrgent />
      )}
      <Figure
        id="seen"
        label="Changes since opened"
        href={linkTo('changes')}
        value={grouped(sum(Object.values(counts.value)))}
      />
    </div>
  )
}
