import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { VList } from 'virtua'
import { base } from '../client/client.ts'
import { Command } from '../parts/copy.tsx'
import { chosenQuery, type FilterField, Filters } from '../parts/filters.tsx'
import { Icon } from '../parts/icon.tsx'
import { MomentInput } from '../parts/moment-input.tsx'
import { Empty, Loading } from '../parts/panel.tsx'
import { grouped } from '../parts/value.ts'
import { nowMs } from '../shell/clock.ts'
import { go, linkWith, place } from '../shell/router.ts'
import { connection, counts, filter, rows } from '../stream/feed.ts'
import type { Row } from '../stream/messages.ts'
import { LineView } from './change-line-view.tsx'
import { type Grouping, type Line, linesOf } from './change-lines.ts'
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
  { name: 'tag.', label: 'Tag', example: 'team=web' },
  { name: 'scan', label: 'Scan', example: '01J…' },
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
function LiveChanges({ query, grouping, acts }: { query: string; grouping: Grouping | null; acts: ComponentChildren }) {
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
  const lines = linesOf(held?.rows ?? rows.value, grouping)
  const isPaused = held?.isPaused === true
  return (
    <>
      <div class="list-acts">
        {acts}
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

const groupings = [
  [null, 'each'],
  ['scan', 'by scan'],
  ['actor', 'by who'],
] as const

/** How the list is grouped, and the way to another time. */
const ListActs = ({ at, grouping }: { at: string | null; grouping: Grouping | null }) => (
  <>
    <nav class="tabs" aria-label="How changes are grouped">
      {groupings.map(([name, word]) => (
        <a
          key={word}
          href={linkWith({ group: name }, { keepsRows: true })}
          aria-current={name === grouping ? 'true' : undefined}
        >
          {word}
        </a>
      ))}
    </nav>
    <MomentInput
      label="Jump to"
      time={at}
      onChoose={(time) => go(linkWith({ at: time, change: null }), { replaces: at !== null })}
    />
    {at === null ? <a href={linkWith({ at: new Date(nowMs.value).toISOString() })}>Look back</a> : null}
  </>
)

/** Changes as they happen; up to a moment, where the address has one. */
export function ChangesPage() {
  const query = chosenQuery(names)
  const at = place.value.query.get('at')
  const [grouping] = groupings.find(([name]) => name === place.value.query.get('group')) ?? groupings[0]
  const acts = <ListActs at={at} grouping={grouping} />
  return (
    <div class={at === null ? 'changes-page' : ''}>
      <header class="page-head">
        <h1>Changes</h1>
      </header>
      <Filters fields={fields} label="Narrow the changes" />
      {at === null ? (
        <LiveChanges query={query} grouping={grouping} acts={acts} />
      ) : (
        <>
          <div class="list-acts">{acts}</div>
          <PastChanges at={at} query={query} grouping={grouping} />
        </>
      )}
      <InTerminal query={query} />
    </div>
  )
}
