import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useAnswer } from '../client/answer.ts'
import { keepToken, token } from '../client/session.ts'
import type { Me } from '../client/types.ts'
import { Icon, type IconName } from '../parts/icon.tsx'
import { connection } from '../stream/feed.ts'
import { chooseZone, momentText, zone } from './clock.ts'
import { linkTo, linkWith, place } from './router.ts'
import { theme, themes } from './theme.ts'
import { TimeTravel } from './travel.tsx'

export interface PageName {
  readonly page: string
  readonly title: string
  readonly icon: IconName
  /** The second key after g. */
  readonly key: string
}

const states = {
  live: 'Live',
  connecting: 'Connecting',
  lost: 'Connection lost, trying again',
  refused: 'Refused',
} as const

const ConnectionState = () => (
  <p id="connection" class="connection" role="status" data-state={connection.value.state}>
    {states[connection.value.state]}
  </p>
)

/** Why the stream does not come: what was tried, what happened, what to do. */
function StreamTrouble() {
  const { trouble } = connection.value
  if (trouble === null) return null
  return (
    <div id="trouble" class="notice" role="alert">
      {trouble.tried === null ? (
        <p>{trouble.happened}</p>
      ) : (
        <>
          <p>
            <strong>This page can’t reach vaino.</strong>
          </p>
          <p>
            It asked <code>{trouble.tried}</code>. {trouble.happened}
          </p>
        </>
      )}
      {trouble.advice === null ? null : <p>{trouble.advice}</p>}
    </div>
  )
}

function TokenForm() {
  const text = useSignal('')
  if (connection.value.state !== 'refused') return null
  return (
    <form
      id="token"
      class="notice"
      onSubmit={(event) => {
        event.preventDefault()
        keepToken(text.value)
      }}
    >
      <label for="token-text">
        This vaino asks for a token with the right <code>read</code>. It is kept in this tab alone.
      </label>
      <span class="together">
        <input
          id="token-text"
          type="password"
          autocomplete="off"
          required
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value
          }}
        />
        <button type="submit">Use it</button>
      </span>
    </form>
  )
}

/** The past is looked at: said on every page, with the way back. */
function PastBar() {
  const at = place.value.query.get('at')
  if (at === null) return null
  return (
    <div class="past" role="status">
      <Icon name="clock" />
      <span>
        As of <strong>{Number.isNaN(Date.parse(at)) ? at : momentText(at)}</strong>
      </span>
      <a href={linkWith({ at: null })}>Back to now</a>
    </div>
  )
}

const Choices = () => (
  <div class="choices-bar">
    <label>
      <span>Theme</span>
      <select
        value={theme.value}
        onChange={(event) => {
          theme.value = themes.find((one) => one === event.currentTarget.value) ?? 'system'
        }}
      >
        {themes.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </label>
    <label>
      <span>Times</span>
      <select
        value={zone.value}
        onChange={(event) => chooseZone(event.currentTarget.value === 'utc' ? 'utc' : 'local')}
      >
        <option value="local">local</option>
        <option value="utc">UTC</option>
      </select>
    </label>
  </div>
)

/** That every page shows a part alone, where the token sees some scopes only. */
function Reach() {
  const within = useAnswer<Me>(token.value === null ? null : 'v1/me').data?.within ?? null
  if (within === null) return null
  return (
    <p id="reach" class="reach">
      <Icon name="lock" /> {within.length === 0 ? 'Sees no scope' : `Sees ${within.join(', ')} only`}
    </p>
  )
}

/** What is around every page. @param onKeys shows the keys @param onFind opens the palette */
export function Frame({
  pages,
  onKeys,
  onFind,
  children,
}: {
  pages: readonly PageName[]
  onKeys: () => void
  onFind: () => void
  children: ComponentChildren
}) {
  const { page } = place.value
  return (
    <div class="frame">
      <a class="skip" href="#page">
        Skip to the page
      </a>
      <header class="side">
        <a class="brand" href={linkTo('')}>
          <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
            <rect width="32" height="32" rx="8" fill="#1f6f66" />
            <path
              d="M6 12c3.3-3.2 6.7-3.2 10 0s6.7 3.2 10 0"
              fill="none"
              stroke="#fff"
              stroke-width="2.6"
              stroke-linecap="round"
            />
            <path
              d="M6 20c3.3-3.2 6.7-3.2 10 0s6.7 3.2 10 0"
              fill="none"
              stroke="#f2b45c"
              stroke-width="2.6"
              stroke-linecap="round"
            />
          </svg>
          vaino
        </a>
        <ConnectionState />
        <button type="button" class="find" onClick={onFind} aria-keyshortcuts="Control+K Meta+K">
          <Icon name="search" /> Go to … <kbd>Ctrl K</kbd>
        </button>
        <nav class="pages" aria-label="Pages">
          {pages.map((one) => (
            <a
              key={one.page}
              href={linkTo(one.page)}
              aria-current={page === one.page ? 'page' : undefined}
              title={`${one.title} (g ${one.key})`}
            >
              <Icon name={one.icon} />
              {one.title}
            </a>
          ))}
        </nav>
        <div class="side-foot">
          <TimeTravel />
          <Choices />
          <nav aria-label="More">
            <a href="docs">API</a>
            <a href="metrics">Metrics</a>
            <button type="button" class="link" onClick={onKeys} aria-keyshortcuts="?">
              Keys
            </button>
          </nav>
        </div>
      </header>
      <main id="page" tabIndex={-1}>
        <Reach />
        <PastBar />
        <StreamTrouble />
        <TokenForm />
        {children}
      </main>
    </div>
  )
}
