import type { DriftItem } from '../client/types.ts'
import { actorText } from '../parts/actor.ts'
import { Command, Copy } from '../parts/copy.tsx'
import { FieldDiff } from '../parts/field-diff.tsx'
import { Moment } from '../parts/time.tsx'
import { scopeParts } from '../parts/value.ts'
import { linkTo } from '../shell/router.ts'
import { certaintyOf, commandsOf, fieldsOf, isApplied, markdownOf } from './drift-text.ts'

/** All that is known of one difference: fields, since when, by whom, how certain, and the lines that put it right. */
export function DriftDetails({ item }: { item: DriftItem }) {
  const { key, state, since, actor, occurred_at, omitted, owner, rule, hint, identity } = item
  const who = actorText(actor)
  return (
    <div class="details">
      {item.fields.length === 0 ? null : <FieldDiff fields={fieldsOf(item)} omitted={omitted} />}
      <p class="certainty">
        {certaintyOf(item)} {hint}
      </p>
      <dl class="facts">
        {since === null ? null : (
          <div>
            <dt>Since</dt>
            <dd>
              <Moment time={since} />
            </dd>
          </div>
        )}
        {who === null ? null : (
          <div>
            <dt>By</dt>
            <dd>
              <strong>{who}</strong>
              {occurred_at === null ? null : (
                <>
                  {' at '}
                  <Moment time={occurred_at} />
                </>
              )}
            </dd>
          </div>
        )}
        <div>
          <dt>{isApplied(item) ? 'Cluster' : 'State'}</dt>
          <dd>
            {isApplied(item) ? (
              scopeParts(state).account
            ) : (
              <a href={linkTo('resource', { key: `${state}/${item.address}` })}>{scopeParts(state).account}</a>
            )}
          </dd>
        </div>
        <div>
          <dt>Real one</dt>
          <dd>
            <a href={linkTo('resource', { key })}>{identity ?? item.address}</a>
          </dd>
        </div>
        {owner === null ? null : (
          <div>
            <dt>Owner</dt>
            <dd>{owner}</dd>
          </div>
        )}
        {rule === null ? null : (
          <div>
            <dt>Ignored by</dt>
            <dd>
              <a href={linkTo('suppressed')}>{rule}</a>
            </dd>
          </div>
        )}
      </dl>
      <div class="commands">
        {commandsOf(item).map(({ label, line }) => (
          <Command key={label} label={label} line={line} />
        ))}
      </div>
      <p class="acts">
        <Copy text={() => markdownOf(item)} label="Copy as Markdown" />
        <Copy text={() => new URL(linkTo('drift', { open: item.id }), document.baseURI).href} label="Copy link" />
      </p>
    </div>
  )
}
