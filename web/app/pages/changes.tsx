import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { VList } from 'virtua'
import { base } from '../client/client.ts'
import { Command } from '../parts/copy.tsx'
import { chosenQuery, type FilterField, Filters } from '../parts/filters.tsx'
import { Icon } from '../parts/icon.tsx'
import { Empty, Loading } from '../parts/panel.tsx'
import { grouped } from '../parts/value.ts'
import { nowMs } from '../shell/clock.ts'
import { linkWith, place } from '../shell/router.ts'
import { connection, counts, filter, rows } from '../stream/feed.ts'
import type { Row } from '../stream/messages.ts'
import { LineView } from './change-line-view.tsx'
import { type Line, linesOf } from './change-lines.ts'
import { PastChanges } from './past-changes.tsx'

const fields: readonly FilterField[] = [
  { name: 'q', label: 'Search', example: 'name, id, ARN, tag' },
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
  { name: 'actor', label: 'Who', example: 'ann' },
]
const names = fields.map(({ name }) => name)

const passed = (): number => Object.values(counts.value).reduce((sum, count) => sum + count, 0)

/** Pixels from the top within which the list counts as being at its top. */
const atTop = 8

interface Frozen {
  readonly rows: readonly Row[]
  readonly passed: number
  /** By the button, and not by scrolling away. */
  readonly isPaused: boolean
}

/** The list of changes as they happen: live at its top, frozen with a count where the reader has scrolled away or paused. */
function LiveChanges({ query }: { query: string }) {
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
    <>
      <div class="live-acts">
        <p class="soft counts" aria-live="off">
          <b id="seen">{grouped(passed())}</b> since you opened this
        </p>
        <a href={linkWith({ at: new Date(nowMs.value).toISOString() })}>Look back</a>
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
      </div>
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
    </>
  )
}

/** The lines that follow the same changes in a terminal. */
const InTerminal = ({ query }: { query: string }) => (
  <details class="terminal">
    <summary>
      <Icon name="terminal" /> Follow from a terminal
    </summary>
    <div id="commands">
      <Command label="as a stream" line={`curl -N '${base}/v1/changes?live=sse${query === '' ? '' : `&${query}`}'`} />
      <Command label="what is there" line={`curl '${base}/v1/snapshot'`} />
      <Command label="with the field diffs" line={`vaino watch --server ${base}`} />
    </div>
  </details>
)

/** Changes as they happen; up to a moment, where the address has one. */
export function ChangesPage() {
  const query = chosenQuery(names)
  const at = place.value.query.get('at')
  return (
    <div class={at === null ? 'changes-page' : ''}>
      <header class="page-head">
        <h1>Changes</h1>
      </header>
      <Filters fields={fields} label="Narrow the changes" />
      {at === null ? <LiveChanges query={query} /> : <PastChanges at={at} query={query} />}
      <InTerminal query={query} />
    </div>
  )
}
