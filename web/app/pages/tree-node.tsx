import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import type { DriftItem } from '../client/types.ts'
import { Icon } from '../parts/icon.tsx'
import { grouped } from '../parts/value.ts'
import { linkWith, place } from '../shell/router.ts'
import { choicesOf, driftWithin, type Narrowing, relationTo } from './narrowing.ts'

/** As of the moment that is looked at. */
export const withMoment = (query: URLSearchParams): string => {
  const at = place.value.query.get('at')
  if (at !== null) query.set('at', at)
  return query.toString()
}

export interface Drifted {
  readonly items: readonly DriftItem[]
  /** There are more than these, so that counts are lower bounds. */
  readonly isCut: boolean
}

/** A place in the tree: it narrows the list, and opens. */
export function TreeNode({
  label,
  narrowing,
  count,
  drifted,
  isRoot = false,
  children,
}: {
  label: string
  narrowing: Narrowing
  /** Null: not known yet. */
  count: number | null
  drifted: Drifted
  isRoot?: boolean
  /** Asked for when the node is opened. Null: a leaf. */
  children: (() => ComponentChildren) | null
}) {
  const relation = relationTo(narrowing, place.value.query)
  const isOpen = useSignal(isRoot || relation !== 'elsewhere')
  const drift = driftWithin(drifted.items, narrowing)
  return (
    <li>
      <div class="node">
        {children === null ? (
          <span class="node-toggle" />
        ) : (
          <button
            type="button"
            class="node-toggle quiet"
            aria-expanded={isOpen.value}
            aria-label={`Inside ${label}`}
            onClick={() => {
              isOpen.value = !isOpen.value
            }}
          >
            <Icon name="open" />
          </button>
        )}
        <a
          href={linkWith(choicesOf(relation === 'chosen' ? {} : narrowing))}
          aria-current={relation === 'chosen' ? 'true' : undefined}
          title={label}
        >
          <span class="node-label">{label}</span>
          {drift === 0 ? null : (
            <span class="node-drift">
              {drifted.isCut ? '≥ ' : ''}
              {grouped(drift)}
              <span class="hidden-text"> drifted,</span>
            </span>
          )}{' '}
          <b>{count === null ? '' : grouped(count)}</b>
        </a>
      </div>
      {isOpen.value && children !== null ? children() : null}
    </li>
  )
}
