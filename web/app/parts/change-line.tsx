import { useEffect, useRef } from 'preact/hooks'
import { linkTo } from '../shell/router.ts'
import type { Row, RowField } from '../stream/messages.ts'
import { OpBadge } from './badge.tsx'
import { Cut } from './cut.tsx'
import { Icon } from './icon.tsx'
import { Ago } from './time.tsx'
import { scopeText } from './value.ts'

const reasons: Readonly<Record<string, string>> = {
  scan: 'a complete scan no longer found it',
  source: 'its source said so',
  forgotten: 'its scope was forgotten',
  replaced: 'another one stands under the same key',
}

/** Between what was and what is. */
export const Arrow = () => (
  <span class="arrow">
    <span class="hidden-text"> became </span>
  </span>
)

const FieldText = ({ field: { path, op, before, after } }: { field: RowField }) => (
  <span class="line-field">
    <span class="path">{path.replace(/^configuration\./, '')}</span>
    <span class="values">
      {op === 'add' ? null : <del>{before}</del>}
      {op === 'replace' ? <Arrow /> : null}
      {op === 'remove' ? null : <ins>{after}</ins>}
    </span>
  </span>
)

export const Who = ({ actor }: { actor: string | null }) =>
  actor === null ? null : (
    <span class="who" title={actor}>
      <Icon name="person" />
      {actor}
    </span>
  )

/** One change: what, where, which fields, who, when. Its name leads to the version of the resource, its time is a link to the change among others. */
export function ChangeLine({
  row,
  isNew = false,
  isLinked = false,
}: {
  row: Row
  isNew?: boolean
  /** The address names it. */
  isLinked?: boolean
}) {
  const line = useRef<HTMLElement>(null)
  useEffect(() => {
    if (isLinked) line.current?.scrollIntoView({ block: 'center' })
  }, [isLinked])
  const { id, op, key, version, scope, type, name, at, actor, reason, fields, more } = row
  return (
    <article
      ref={line}
      class={`change${isNew ? ' new' : ''}`}
      data-op={op}
      data-id={id}
      aria-current={isLinked ? 'true' : undefined}
    >
      <OpBadge op={op} />
      <div class="change-what">
        <a class="name" data-row href={linkTo('resource', { key, version: String(version), at: null })}>
          {name}
        </a>
        {name.includes(type) ? null : <span class="type">{type}</span>}
        {op === 'd' && reason !== null ? <span class="soft">{reasons[reason] ?? reason}</span> : null}
      </div>
      <span class="change-where" title={key}>
        <Cut text={scopeText(scope, type)} />
      </span>
      <Who actor={actor} />
      <a class="when" href={linkTo('changes', { at, change: id })}>
        <Ago time={at} />
      </a>
      {fields.length === 0 ? null : (
        <span class="line-fields">
          {fields.map((field) => (
            <FieldText key={field.path} field={field} />
          ))}
          {more === 0 ? null : <span class="soft">and {more} more</span>}
        </span>
      )}
    </article>
  )
}
