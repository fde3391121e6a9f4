import { useAnswer } from '../client/answer.ts'
import type { Suppressed } from '../client/types.ts'
import { ChangeLine } from '../parts/change-line.tsx'
import { NowNote } from '../parts/now-note.tsx'
import { Empty, Panel, Shown } from '../parts/panel.tsx'
import { Ago, Moment } from '../parts/time.tsx'
import { grouped } from '../parts/value.ts'
import { linkTo } from '../shell/router.ts'
import { pulse } from '../stream/feed.ts'
import { rowOf } from '../stream/row.ts'

const Rules = ({ rules }: { rules: Suppressed['rules'] }) => (
  <div class="wide">
    <table>
      <thead>
        <tr>
          <th scope="col">Rule</th>
          <th scope="col">Why</th>
          <th scope="col" class="number">
            Ignored
          </th>
          <th scope="col">Last</th>
          <th scope="col">Until</th>
        </tr>
      </thead>
      <tbody>
        {rules.map(({ rule, reason, until, place, ignored, last_at, problem }) => (
          <tr key={rule}>
            <th scope="row">
              <code>{rule}</code> <span class="soft">{place}</span>
            </th>
            <td>
              {reason}
              {problem === null ? null : <strong class="warned"> {problem}</strong>}
            </td>
            <td class="number">{grouped(ignored)}</td>
            <td>
              <Ago time={last_at} />
            </td>
            <td>{until === null ? <span class="soft">for good</span> : <Moment time={until} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

/** What rules ignore: each rule with its reason and its count, and the changes themselves. */
export function SuppressedPage() {
  const answer = useAnswer<Suppressed>('v1/suppressed?limit=100', { everyMs: 15_000, pulse })
  return (
    <>
      <header class="page-head">
        <h1>Suppressed</h1>
        <p class="soft">What a rule ignores is recorded all the same.</p>
        <a href={linkTo('drift', { include_suppressed: 'true' })}>Drift with what is suppressed</a>
      </header>
      <NowNote what="Rules and counts are those of" />
      <Shown of={answer} what="the rules">
        {({ rules, changes, counted_since }) => (
          <>
            {rules.length === 0 ? (
              <Empty title="No rule ignores anything.">
                Write <code>rules.yaml</code>, or let <code>vaino rules suggest</code> find the fields that flap.
              </Empty>
            ) : (
              <Rules rules={rules} />
            )}
            <p class="soft">
              Counted since <Moment time={counted_since} />.
            </p>
            {changes.length === 0 ? null : (
              <Panel id="latest" title="Changes that were ignored">
                {changes.flatMap((change) =>
                  change.op === 'a' ? [] : [<ChangeLine key={change.id} row={rowOf(change)} />],
                )}
              </Panel>
            )}
          </>
        )}
      </Shown>
    </>
  )
}
