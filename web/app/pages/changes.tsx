import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { VList } from 'virtua'
import { base } from '../client/client.ts'
import { ChangeLine } from '../parts/change-line.tsx'
import { Command } from '../parts/copy.tsx'
import { chosenQuery, type FilterField, Filters } from '../parts/filters.tsx'
import { Icon } from '../parts/icon.tsx'
import { Empty, Loading } from '../parts/panel.tsx'
import { Ago } from '../parts/time.tsx'
import { counted, grouped, scopeText } from '../parts/value.ts'
import { connection, counts, filter, rows } from '../stream/feed.ts'
import type { Row } from '../stream/messages.ts'
import { type Line, linesOf } from './change-lines.ts'

const fields: readonly FilterField[] = [
  { name: 'name', label: 'Name', example: 'web-1' },
  {
    name: 'op',
    label: 'What',
    options: [
      ['c', 'created'],
      ['u', 'changed'],
      ['d', 'deleted'],
      ['r', 'first seen'],
    ],
  },
  { name: 'provider', label: 'Provider', example: 'aws' },
  { name: 'account', label: 'Account', example: '111122223333' },
  { name: 'location', label: 'Location', example: 'eu-west-1' },
  { name: 'type', label: 'Type', example: 'aws_instance' },
  { name: 'scope', label: 'Scope', example: 'aws/1/eu-west-1/aws_vpc' },
  { name: 'field', label: 'Field', example: 'configuration.ingress' },
]
const names = fields.map(({ name }) => name)

const passed = (): number => Object.values(counts.value).reduce((sum, count) => sum + count, 0)

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

const LineView = ({ line, isNew }: { line: Line; isNew: boolean }) =>
  line.kind === 'change' ? (
    <ChangeLine row={line.row} isNew={isNew} />
  ) : line.rows.length === 1 && line.rows[0] !== undefined ? (
    <ChangeLine row={line.rows[0]} isNew={isNew} />
  ) : (
    <FirstSights scope={line.scope} at={line.at} rows={line.rows} />
  )

/** Pixels from the top within which the list counts as being at its top. */
const atTop = 8

interface Frozen {
  readonly rows: readonly Row[]
  readonly passed: number
  /** By the button, and not by scrolling away. */
  readonly isPaused: boolean
}

/** The list of changes as they happen: live at its top, frozen with a count where the reader has scrolled away or paused. */
export function ChangesPage() {
  const query = chosenQuery(names)
  useEffect(() => {
    filter.value = query
    return () => {
      filter.value = ''
    }
  }, [query])
  const frozen = useSignal<Frozen | null>(null)
  const list = useRef<{ scrollTo(offset: number): void }>(null)
  const openedAt = useRef(new Date().toISOString())
  const freeze = (isPaused: boolean) => {
    frozen.value = { rows: frozen.peek()?.rows ?? rows.peek(), passed: frozen.peek()?.passed ?? passed(), isPaused }
  }
  const goOn = () => {
    frozen.value = null
    list.current?.scrollTo(0)
  }
  const held = frozen.value
  const waiting = held === null ? 0 : passed() - held.passed
  const lines = linesOf(held?.rows ?? rows.value)
  const isPaused = held?.isPaused === true
  return (
    <div class="changes-page">
      <header class="page-head">
        <h1>Changes</h1>
        <p class="soft counts" aria-live="off">
          <b id="seen">{grouped(passed())}</b> since you opened this
        </p>
        <button
          type="button"
          id="pause"
          data-key="p"
          aria-pressed={isPaused}
          onClick={() => (isPaused ? goOn() : freeze(true))}
        >
          <Icon name={isPaused ? 'play' : 'pause'} />
          {isPaused ? `Resume (${grouped(waiting)} new)` : 'Pause'}
        </button>
      </header>
      <Filters fields={fields} label="Narrow the changes" />
      <div class="live-list">
        {held !== null && !isPaused ? (
          <button type="button" class="pill" onClick={goOn}>
            <Icon name="up" />
            {waiting === 0 ? 'Back to the newest' : `${grouped(waiting)} new`}
          </button>
        ) : null}
        {lines.length === 0 ? (
          connection.value.state === 'connecting' ? (
            <Loading what="the latest changes" />
          ) : (
            <Empty title={query === '' ? 'No change yet.' : 'No change passes these filters yet.'}>
              The next one appears here by itself.
            </Empty>
          )
        ) : (
          <VList
            ref={list}
            class="scroller"
            tabIndex={0}
            role="region"
            aria-label="Latest changes, newest first"
            data={lines as Line[]}
            onScroll={(offset: number) => {
              if (offset > atTop && frozen.peek() === null) freeze(false)
              else if (offset <= atTop && frozen.peek()?.isPaused === false) frozen.value = null
            }}
          >
            {(line: Line) => (
              <LineView key={line.id} line={line} isNew={line.kind === 'change' && line.row.at > openedAt.current} />
            )}
          </VList>
        )}
      </div>
      <details class="terminal">
        <summary>
          <Icon name="terminal" /> Follow from a terminal
        </summary>
        <div id="commands">
          <Command
            label="as a stream"
            line={`curl -N '${base}/v1/changes?live=sse${query === '' ? '' : `&${query}`}'`}
          />
          <Command label="what is there" line={`curl '${base}/v1/snapshot'`} />
          <Command label="with the field diffs" line={`vaino watch --server ${base}`} />
        </div>
      </details>
    </div>
  )
}
