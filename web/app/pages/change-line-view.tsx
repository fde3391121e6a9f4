import { OpCounts } from '../parts/badge.tsx'
import { ChangeLine } from '../parts/change-line.tsx'
import { Icon } from '../parts/icon.tsx'
import { Ago } from '../parts/time.tsx'
import { counted, grouped, scopeText } from '../parts/value.ts'
import { linkTo, place } from '../shell/router.ts'
import type { Row } from '../stream/messages.ts'
import { countsByOp, type Line } from './change-lines.ts'

type Group = Exclude<Line, { kind: 'change' }>

/** Changes of a group that are drawn; a link has all. */
const maxDrawn = 100

/** Where all changes of a group are, with those that the list has let go. */
function linkToAll({ kind, rows: [newest] }: Group): string | null {
  const { at, scan, actor, scope } = newest
  if (kind === 'actor') return actor === null ? null : linkTo('changes', { at, actor })
  return scan === null ? null : linkTo('changes', { at, scan, scope })
}

const Title = ({ group: { kind, rows } }: { group: Group }) => {
  const [{ actor, scope, scan }] = rows
  switch (kind) {
    case 'first_sights':
      return (
        <>
          <Icon name="seen" />
          <span>
            <strong>{counted(rows.length, 'resource')}</strong> first seen in {scopeText(scope)}
          </span>
        </>
      )
    case 'scan':
      return (
        <>
          <Icon name="scopes" />
          <strong>{scopeText(scope)}</strong>
          <span class="soft mono group-scan">{scan}</span>
          <OpCounts counts={countsByOp(rows)} />
        </>
      )
    case 'actor':
      return (
        <>
          <Icon name="person" />
          <strong>{actor ?? 'not known who'}</strong>
          <OpCounts counts={countsByOp(rows)} />
        </>
      )
  }
}

/** Changes that have a scan or an actor in common, as one line, which opens. */
function GroupLine({ group }: { group: Group }) {
  const { rows } = group
  const all = linkToAll(group)
  return (
    <details class={group.kind === 'first_sights' ? 'change-group first-sights' : 'change-group'}>
      <summary data-row>
        <Title group={group} />
        <Ago time={rows[0].at} />
      </summary>
      {rows.slice(0, maxDrawn).map((row) => (
        <ChangeLine key={row.id} row={row} />
      ))}
      <p>
        {rows.length > maxDrawn ? `and ${grouped(rows.length - maxDrawn)} more. ` : ''}
        {all === null ? null : <a href={all}>All of {group.kind === 'actor' ? 'them' : 'this scan'}</a>}
      </p>
    </details>
  )
}

/** A line of a list of changes. */
export function LineView({ line, isNew }: { line: Line; isNew: boolean }) {
  const linked = place.value.query.get('change')
  const [alone, ...others]: readonly Row[] = line.kind === 'change' ? [line.row] : line.rows
  if (alone !== undefined && (line.kind === 'change' || (line.kind === 'first_sights' && others.length === 0)))
    return <ChangeLine row={alone} isNew={isNew} isLinked={alone.id === linked} />
  return line.kind === 'change' ? null : <GroupLine group={line} />
}
