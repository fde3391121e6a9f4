import { useSignal } from '@preact/signals'
import { type Answer, useAnswer } from '../client/answer.ts'
import type { Scope, ScopePage } from '../client/types.ts'
import { ScopeBadge, scopeStatusOrder } from '../parts/badge.tsx'
import { Icon } from '../parts/icon.tsx'
import { NowNote } from '../parts/now-note.tsx'
import { Empty, Shown } from '../parts/panel.tsx'
import { Prose } from '../parts/prose.tsx'
import { Ago } from '../parts/time.tsx'
import { counted, grouped, scopeParts } from '../parts/value.ts'
import { linkTo, linkWith, place } from '../shell/router.ts'
import { pulse } from '../stream/feed.ts'
import { ForgetScope, HeldDeletes } from './scope-acts.tsx'

const everyMs = 10_000

/** Statuses of scopes that are not as they should be. */
export const lookStatuses = ['held', 'failing', 'stale', 'gone'] as const

/** The first page of the scopes. @param statuses of these alone */
export const useScopes = (statuses: readonly string[] = []): Answer<ScopePage> =>
  useAnswer<ScopePage>(`v1/scopes${statuses.length === 0 ? '' : `?status=${statuses.join(',')}`}`, { everyMs, pulse })

export const byUrgency = (scopes: readonly Scope[]): Scope[] =>
  scopes.toSorted(
    (a, b) => scopeStatusOrder.indexOf(a.status) - scopeStatusOrder.indexOf(b.status) || (a.scope < b.scope ? -1 : 1),
  )

/** What to do about it, where its error doesn't say. */
const advice: Readonly<Record<Scope['status'], string | null>> = {
  fresh: null,
  events: null,
  held: 'Look at what would go, then release or keep it. The next complete scan decides otherwise.',
  failing: 'The next scan tries again. `vaino doctor` checks access, credentials and network of each source.',
  stale: 'No complete scan has ended for three of its intervals. Is its source still running?',
  gone: 'What it stands for is gone. Forget the scope when it will not come back.',
}

const messageOf = (error: Scope['errors'][number]): string => (typeof error === 'string' ? error : error.message)

/** Errors that are shown of a scope. */
const maxErrors = 5

function Remarks({ scope: { errors, warnings, source, status } }: { scope: Scope }) {
  const lines = [...errors.map(messageOf), ...(source?.error ? [source.error] : []), ...warnings.map(messageOf)]
  const shown = [...new Set(lines)].slice(0, maxErrors)
  return (
    <>
      {shown.length === 0 ? null : (
        <ul class="remarks">
          {shown.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {advice[status] === null ? null : (
        <p class="soft">
          <Prose text={advice[status]} />
        </p>
      )}
    </>
  )
}

const sourceWords: Readonly<Record<NonNullable<Scope['source']>['state'], string>> = {
  due: 'waits for its turn',
  scanning: 'scanning now',
  following: 'followed by a watch',
  backing_off: 'waits after a failure',
  throttled: 'held by its system’s rate limit',
  not_ours: 'read by another node or source',
}

function ScopeRow({ scope, refresh }: { scope: Scope; refresh: () => void }) {
  const { provider, account, location, collection } = scopeParts(scope.scope)
  const where = [account, location].filter((part) => part !== '-')
  return (
    <li class="scope" data-status={scope.status}>
      <div class="scope-line">
        <ScopeBadge status={scope.status} />
        <a class="name" data-row href={linkTo('resources', { scope: scope.scope })} title={scope.scope}>
          <span class="soft">{provider}</span> {where.join(' · ')} <b>{collection}</b>
        </a>
        <span class="number">{grouped(scope.resources)}</span>
        <span class="soft scope-source">
          {scope.source === undefined ? '' : sourceWords[scope.source.state]}
          {scope.source !== undefined && scope.source.failures > 1
            ? `, ${scope.source.failures} failures in a row`
            : ''}
        </span>
        <span class="scope-time">
          <Ago time={scope.last_complete_at} never={scope.status === 'events' ? 'by events' : 'never complete'} />
        </span>
      </div>
      {scope.status === 'fresh' && scope.warnings.length === 0 ? null : (
        <div class="scope-more">
          {scope.held === null ? null : <HeldDeletes scope={scope} held={scope.held} done={refresh} />}
          <Remarks scope={scope} />
          {scope.status === 'gone' || scope.status === 'stale' ? <ForgetScope scope={scope} done={refresh} /> : null}
        </div>
      )}
    </li>
  )
}

/** Which scopes there are by status: links that narrow the list. */
function StatusChoices({ scopes }: { scopes: readonly Scope[] }) {
  const chosen = place.value.query.get('status')
  return (
    <nav class="tabs" aria-label="Narrow the scopes">
      <a href={linkWith({ status: null })} aria-current={chosen === null ? 'true' : undefined}>
        all <b>{grouped(scopes.length)}</b>
      </a>
      {scopeStatusOrder.map((status) => {
        const count = scopes.filter((scope) => scope.status === status).length
        return count === 0 && chosen !== status ? null : (
          <a key={status} href={linkWith({ status })} aria-current={chosen === status ? 'true' : undefined}>
            {status} <b>{grouped(count)}</b>
          </a>
        )
      })}
    </nav>
  )
}

/** Scopes that are drawn at first, and that each press adds: a thousand rows take seconds of a slow processor. */
const drawnAtOnce = 40

export function ScopesPage() {
  const drawn = useSignal(drawnAtOnce)
  const answer = useScopes()
  const chosen = place.value.query.get('status')
  return (
    <>
      <header class="page-head">
        <h1>Scopes</h1>
        <p class="soft">What is watched, and how fresh each part is.</p>
      </header>
      <NowNote what="The scopes are shown as they are" />
      <Shown of={answer} what="the scopes">
        {({ scopes, page }) => {
          const shown = byUrgency(scopes).filter(({ status }) => chosen === null || status === chosen)
          if (scopes.length === 0)
            return (
              <Empty title="Nothing is watched yet.">
                Start vaino with a source, such as <code>--source terraform:./infra</code>, or send records.
              </Empty>
            )
          return (
            <>
              <StatusChoices scopes={scopes} />
              <div class="scope-line column-names" aria-hidden="true">
                <span>Status</span>
                <span>Scope</span>
                <span class="number">Resources</span>
                <span>Source</span>
                <span class="scope-time">Complete</span>
              </div>
              <ul class="scopes">
                {shown.slice(0, drawn.value).map((scope) => (
                  <ScopeRow key={scope.scope} scope={scope} refresh={answer.refresh} />
                ))}
              </ul>
              {shown.length > drawn.value ? (
                <button
                  type="button"
                  onClick={() => {
                    drawn.value += drawnAtOnce
                  }}
                >
                  Show {grouped(Math.min(drawnAtOnce, shown.length - drawn.value))} more of {grouped(shown.length)}
                </button>
              ) : null}
              {shown.length === 0 ? <Empty title="No scope has this status." /> : null}
              {page === null ? null : (
                <p class="soft">
                  <Icon name="warning" /> The first {counted(scopes.length, 'scope')} by name.
                </p>
              )}
            </>
          )
        }}
      </Shown>
    </>
  )
}
