import { type Answer, useAnswer } from '../client/answer.ts'
import { base, Refusal } from '../client/client.ts'
import type { Change, DiffAnswer, HistoryPage, Item } from '../client/types.ts'
import { actorText } from '../parts/actor.ts'
import { OpBadge } from '../parts/badge.tsx'
import { Copy } from '../parts/copy.tsx'
import { Document } from '../parts/document.tsx'
import { FieldDiff } from '../parts/field-diff.tsx'
import { Empty, Panel, Shown } from '../parts/panel.tsx'
import { Ago, Moment } from '../parts/time.tsx'
import { nameOf, scopeText } from '../parts/value.ts'
import { linkTo, place } from '../shell/router.ts'
import { pulse } from '../stream/feed.ts'
import type { Row } from '../stream/messages.ts'
import { Counterpart } from './resource-drift.tsx'
import { Relations } from './resource-relations.tsx'
import { Timeline } from './resource-timeline.tsx'

/** Versions that the timeline has at once. */
const versions = 100

/** What one change was: its fields, who, when. */
function OneChange({ change }: { change: Change }) {
  const { op, version, fields, recorded_at, observed_at, occurred_at, actor, reason, rule, before, after } = change
  const who = actorText(actor)
  return (
    <>
      <dl class="facts">
        <div>
          <dt>What</dt>
          <dd>
            <OpBadge op={op as Row['op']} /> {reason === null ? '' : `reason: ${reason}`}
          </dd>
        </div>
        <div>
          <dt>{occurred_at === null ? 'Observed' : 'Occurred'}</dt>
          <dd>
            <Moment time={occurred_at ?? observed_at} />
          </dd>
        </div>
        <div>
          <dt>By</dt>
          <dd>
            {who === null ? <span class="soft">not known</span> : <strong title={JSON.stringify(actor)}>{who}</strong>}
          </dd>
        </div>
        {rule === undefined ? null : (
          <div>
            <dt>Ignored by</dt>
            <dd>{rule}</dd>
          </div>
        )}
        <div>
          <dt>Everything at that moment</dt>
          <dd>
            <a href={linkTo('', { at: recorded_at })}>look around</a>
          </dd>
        </div>
      </dl>
      {fields.length > 0 ? (
        <FieldDiff fields={fields} />
      ) : (
        <p class="soft">
          {op === 'd' ? 'It was deleted; this is what it was.' : `Version ${version} is where its history begins.`}
        </p>
      )}
      <details>
        <summary>The document {op === 'd' ? 'before it' : 'after it'}</summary>
        <Document value={after ?? before} href={`v1/resources/${encodeURIComponent(change.key)}/history`} />
      </details>
    </>
  )
}

/** What differs between two versions, whatever happened in between. */
function TwoVersions({ from, to }: { from: Change; to: Change }) {
  const query = new URLSearchParams({ key: to.key, from: from.cursor, to: to.cursor })
  const answer = useAnswer<DiffAnswer>(`v1/diff?${query}`)
  return (
    <Shown of={answer} what="the difference">
      {({ changes: [found] }) =>
        found === undefined ? (
          <Empty title="They are the same." />
        ) : found.fields.length === 0 ? (
          <Empty title={found.op === 'd' ? 'It is deleted in the later one.' : 'It is not there in the earlier one.'} />
        ) : (
          <FieldDiff fields={found.fields} />
        )
      }
    </Shown>
  )
}

function Versions({ changes, page }: HistoryPage) {
  const asked = (name: string) => Number(place.value.query.get(name) ?? Number.NaN)
  const chosen = changes.find(({ version }) => version === asked('version')) ?? changes[0]
  const against = changes.find(({ version }) => version === asked('against'))
  if (chosen === undefined) return <Empty title="Its history is no longer kept." />
  const [from, to] = against === undefined || against.version < chosen.version ? [against, chosen] : [chosen, against]
  return (
    <div class="versions">
      <Panel
        id="version"
        title={from === undefined ? `Version ${to.version}` : `Version ${from.version} against version ${to.version}`}
      >
        {from === undefined ? <OneChange change={to} /> : <TwoVersions from={from} to={to} />}
      </Panel>
      <Panel id="timeline" title="Timeline">
        <Timeline changes={changes} chosen={chosen.version} against={against?.version ?? null} />
        {page === null ? null : <p class="soft">The newest {changes.length} versions.</p>}
      </Panel>
    </div>
  )
}

/** The document as it is, or as of a moment; of what was deleted, when. */
function Now({ answer, path }: { answer: Answer<Item>; path: string }) {
  const { error } = answer
  if (answer.data === null && error instanceof Refusal && (error.status === 410 || error.status === 404))
    return (
      <Empty title={error.status === 410 ? 'It is deleted.' : 'It was not there.'}>
        {error.message}. {error.hint}
      </Empty>
    )
  return (
    <Shown of={answer} what="the document">
      {({ resource, observed_at }) => (
        <>
          <p class="soft">
            Seen so <Ago time={observed_at} />
          </p>
          <Document value={resource} href={path} />
        </>
      )}
    </Shown>
  )
}

/** One resource: what it is, what each change to it was, who made it, and its other side. */
export function ResourcePage() {
  const key = place.value.query.get('key') ?? ''
  const at = place.value.query.get('at')
  const path = `v1/resources/${encodeURIComponent(key)}`
  const item = useAnswer<Item>(key === '' ? null : `${path}${at === null ? '' : `?at=${encodeURIComponent(at)}`}`, {
    pulse,
  })
  const history = useAnswer<HistoryPage>(key === '' ? null : `${path}/history?limit=${versions}`, { pulse })
  if (key === '') return <Empty title="No resource is named.">Its address has the key: resource?key=…</Empty>
  const known = item.data ?? history.data?.changes[0] ?? null
  const name = known === null ? key : nameOf(known.scope, known.resource)
  return (
    <>
      <header class="page-head">
        <h1>{name}</h1>
        {known === null ? null : (
          <>
            <span class="type">{known.resource.type}</span>
            <a href={linkTo('resources', { scope: known.scope })}>{scopeText(known.scope, known.resource.type)}</a>
          </>
        )}
        <span class="page-acts acts">
          <Copy text={() => key} label="Copy key" />
          <Copy text={() => `vaino get '${key.replaceAll("'", `'\\''`)}' --server ${base}`} label="Copy command" />
        </span>
      </header>
      <p class="key mono soft">{key}</p>
      <Shown of={history} what="its history">
        {(found) => <Versions {...found} />}
      </Shown>
      <div class="versions">
        <Panel id="document" title={at === null ? 'As it is' : 'As it was'}>
          <Now answer={item} path={path} />
        </Panel>
        <div class="stack">
          <Panel id="counterpart" title="Wanted and real">
            <Counterpart of={key} />
          </Panel>
          {item.data === null ? null : <Relations item={item.data} />}
        </div>
      </div>
    </>
  )
}
