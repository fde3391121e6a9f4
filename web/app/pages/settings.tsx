import { useAnswer } from '../client/answer.ts'
import { base } from '../client/client.ts'
import { forgetToken, token } from '../client/session.ts'
import type { Me } from '../client/types.ts'
import { Panel, Shown } from '../parts/panel.tsx'

const rights = {
  read: 'look at everything',
  ingest: 'send records',
  admin: 'release or keep held deletes, forget scopes, and all the others',
} as const

/** What this page may do here, and where it asks. What vaino is configured with is said by its command line. */
export function SettingsPage() {
  const answer = useAnswer<Me>('v1/me')
  return (
    <>
      <header class="page-head">
        <h1>Settings</h1>
        <p class="soft">Read-only: vaino.yaml has them.</p>
      </header>
      <div class="columns">
        <Panel id="rights" title="What you may do here">
          <Shown of={answer} what="your rights">
            {({ rights: mine }) => (
              <dl class="facts">
                {mine.map((right) => (
                  <div key={right}>
                    <dt>
                      <code>{right}</code>
                    </dt>
                    <dd>{rights[right]}</dd>
                  </div>
                ))}
              </dl>
            )}
          </Shown>
          {token.value === null ? (
            <p class="soft">No token is used.</p>
          ) : (
            <button type="button" onClick={forgetToken}>
              Forget the token of this tab
            </button>
          )}
        </Panel>
        <Panel id="place" title="Where it is">
          <dl class="facts">
            <div>
              <dt>API</dt>
              <dd>
                <code>{base}</code>
              </dd>
            </div>
            <div>
              <dt>Its configuration, as it is read</dt>
              <dd>
                <code>vaino config show</code>
              </dd>
            </div>
            <div>
              <dt>Whether all of it can be reached</dt>
              <dd>
                <code>vaino doctor</code>
              </dd>
            </div>
          </dl>
        </Panel>
      </div>
    </>
  )
}
