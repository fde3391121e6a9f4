import { ChangeLine } from '../parts/change-line.tsx'
import { Icon } from '../parts/icon.tsx'
import { Ago } from '../parts/time.tsx'
import { counted, grouped, scopeText } from '../parts/value.ts'
import type { Row } from '../stream/messages.ts'
import type { Line } from './change-lines.ts'

/** First sights of a scope as one line, which opens. */
const FirstSights = ({ scope, at, rows: seen }: { scope: string; at: string; rows: readonly Row[] }) => (
  <details class="first-sights">
    <summary data-row>
      <Icon name="seen" />
      <strong>{counted(seen.length, 'resource')}</strong> first seen in {scopeText(scope)} <Ago time={at} />
    </summary>
    {seen.slice(0, 100).map((row) => (
      <ChangeLine key={row.id} row={row} />
    ))}
    {seen.length > 100 ? <p class="soft">and {grouped(seen.length - 100)} more</p> : null}
  </details>
)

/** A line of a list of changes. */
export const LineView = ({ line, isNew }: { line: Line; isNew: boolean }) =>
  line.kind === 'change' ? (
    <ChangeLine row={line.row} isNew={isNew} />
  ) : line.rows.length === 1 && line.rows[0] !== undefined ? (
    <ChangeLine row={line.rows[0]} isNew={isNew} />
  ) : (
    <FirstSights scope={line.scope} at={line.at} rows={line.rows} />
  )
