import type { ComponentChildren } from 'preact'
import { useErrorBoundary } from 'preact/hooks'
import type { Answer } from '../client/answer.ts'
import { Refusal, Unreachable } from '../client/client.ts'
import { clockText } from '../shell/clock.ts'
import { Icon } from './icon.tsx'

/** Why a panel has nothing to show: what was asked, what happened, what to do. */
export function Trouble({ error }: { error: unknown }) {
  const happened = error instanceof Error ? error.message : String(error)
  if (error instanceof Unreachable)
    return (
      <div class="state">
        <Icon name="cut" />
        <p>
          <strong>No answer from vaino.</strong> Asked <code>{error.tried}</code>. {happened}
        </p>
        <p class="soft">{error.advice}</p>
      </div>
    )
  const isRight = error instanceof Refusal && (error.status === 401 || error.status === 403)
  return (
    <div class="state">
      <Icon name={isRight ? 'lock' : 'warning'} />
      <p>
        <strong>{isRight ? 'Not allowed.' : 'This could not be shown.'}</strong> {happened}
        {/[.!?]$/.test(happened) ? '' : '.'}
      </p>
      {error instanceof Refusal && error.hint !== null ? <p class="soft">{error.hint}</p> : null}
    </div>
  )
}

/** Nothing is there, said so, with what would bring something. */
export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="state">
    <p>
      <strong>{title}</strong>
    </p>
    {children === undefined ? null : <p class="soft">{children}</p>}
  </div>
)

export const Loading = ({ what }: { what: string }) => (
  <div class="skeleton" role="status">
    <span class="hidden-text">Loading {what}</span>
    <i />
    <i />
    <i />
  </div>
)

/** A panel's content: it loads, fails and recovers alone. */
export function Shown<T>({
  of,
  what,
  children,
}: {
  of: Answer<T>
  what: string
  children: (data: T) => ComponentChildren
}) {
  const [broken] = useErrorBoundary()
  if (broken !== undefined) return <Trouble error={broken} />
  const { data, error, receivedMs } = of
  if (data === null) return error === null ? <Loading what={what} /> : <Trouble error={error} />
  return (
    <>
      {error === null ? null : (
        <p class="late-note" role="status">
          <Icon name="warning" /> As of {clockText(receivedMs)}:{' '}
          {error instanceof Error ? error.message : String(error)}
        </p>
      )}
      {children(data)}
    </>
  )
}

export function Panel({
  title,
  aside,
  children,
  id,
}: {
  title: string
  aside?: ComponentChildren
  children: ComponentChildren
  id: string
}) {
  return (
    <section class="panel" aria-labelledby={`${id}-title`} id={id}>
      <header class="panel-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  )
}
