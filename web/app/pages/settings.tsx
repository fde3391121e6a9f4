import { useAnswer } from '../client/answer.ts'
import { base } from '../client/client.ts'
import { forgetToken, token } from '../client/session.ts'
import type { Configuration, Me } from '../client/types.ts'
import { Panel, Shown } from '../parts/panel.tsx'
import { counted } from '../parts/value.ts'

const rights = {
  read: 'look at everything',
  ingest: 'send records',
  admin: 'release or keep held deletes, forget scopes, see the configuration, and all the others',
} as const

type Setting = Configuration['settings'][number]

const valueText = (value: unknown): string =>
  value === null || value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value)

const SettingRows = ({ settings, caption }: { settings: readonly Setting[]; caption: string }) => (
  <div class="wide">
    <table>
      <caption class="hidden-text">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Key</th>
          <th scope="col">Value</th>
          <th scope="col">From</th>
        </tr>
      </thead>
      <tbody>
        {settings.map(({ key, value, from }) => (
          <tr key={key}>
            <th scope="row">
              <code>{key}</code>
            </th>
            <td>
              <code class="setting-value">{valueText(value)}</code>
            </td>
            <td class="soft">{from}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

/** What was given, and behind it what holds by default. Secrets come masked. */
function ConfigurationPanel() {
  const answer = useAnswer<Configuration>('v1/configuration')
  return (
    <Panel id="configuration" title="Configuration">
      <Shown of={answer} what="the configuration">
        {({ file, warnings, settings }) => {
          const given = settings.filter(({ from }) => from !== 'default')
          const others = settings.filter(({ from }) => from === 'default')
          return (
            <>
              <p class="soft">
                {file === null ? 'No vaino.yaml was read.' : `${file} was read when vaino started.`} Secrets are not
                shown.
              </p>
              {warnings.map((warning) => (
                <p key={warning} class="warned">
                  {warning}
                </p>
              ))}
              {given.length === 0 ? (
                <p>Every key has its default.</p>
              ) : (
                <SettingRows settings={given} caption="Keys that were given" />
              )}
              <details>
                <summary>{counted(others.length, 'key')} by default</summary>
                <SettingRows settings={others} caption="Keys that have their default" />
              </details>
            </>
          )
        }}
      </Shown>
    </Panel>
  )
}

/** What this page may do here, where it asks, and what vaino was started with. */
export function SettingsPage() {
  const answer = useAnswer<Me>('v1/me')
  return (
    <>
      <header class="page-head">
        <h1>Settings</h1>
        <p class="soft">Read-only. To change them, edit vaino.yaml and restart vaino.</p>
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
              <dt>Whether all of it can be reached</dt>
              <dd>
                <code>vaino doctor</code>
              </dd>
            </div>
          </dl>
        </Panel>
      </div>
      <ConfigurationPanel />
    </>
  )
}
