import type { DriftItem, Scope } from '../client/types.ts'
import type { Row } from '../stream/messages.ts'
import { Icon, type IconName } from './icon.tsx'
import { grouped } from './value.ts'

/** A state by its shape, its word and its colour. */
const Badge = ({ icon, tone, children }: { icon: IconName; tone: string; children: string }) => (
  <span class={`badge tone-${tone}`}>
    <Icon name={icon} />
    {children}
  </span>
)

type Look = readonly [icon: IconName, tone: string, word: string]

const ops: Readonly<Record<Row['op'], Look>> = {
  r: ['seen', 'calm', 'first seen'],
  c: ['added', 'good', 'created'],
  u: ['changed', 'warn', 'changed'],
  d: ['removed', 'bad', 'deleted'],
}
export function OpBadge({ op }: { op: Row['op'] }) {
  const [icon, tone, word] = ops[op]
  return (
    <Badge icon={icon} tone={tone}>
      {word}
    </Badge>
  )
}

/** How many changes did what. */
export const OpCounts = ({ counts }: { counts: readonly (readonly [op: Row['op'], count: number])[] }) => (
  <span class="op-counts">
    {counts.map(([op, count]) => {
      const [icon, tone, word] = ops[op]
      return (
        <Badge key={op} icon={icon} tone={tone}>
          {`${grouped(count)} ${word}`}
        </Badge>
      )
    })}
  </span>
)

const severities: Readonly<Record<NonNullable<DriftItem['severity']>, Look>> = {
  critical: ['critical', 'worst', 'critical'],
  high: ['high', 'bad', 'high'],
  medium: ['medium', 'warn', 'medium'],
  low: ['low', 'calm', 'low'],
}
const driftStatuses: Readonly<Record<DriftItem['status'], Look>> = {
  in_sync: ['good', 'good', 'in sync'],
  changed: ['drift', 'warn', 'changed'],
  missing: ['missing', 'bad', 'missing'],
  unmanaged: ['unmanaged', 'odd', 'unmanaged'],
  unknown: ['unknown', 'calm', 'not known'],
}
export const statusWord = (status: DriftItem['status']): string => driftStatuses[status][2]

export function SeverityBadge({ severity }: { severity: NonNullable<DriftItem['severity']> }) {
  const [icon, tone, word] = severities[severity]
  return (
    <Badge icon={icon} tone={tone}>
      {word}
    </Badge>
  )
}

export function DriftBadge({ status }: { status: DriftItem['status'] }) {
  const [icon, tone, word] = driftStatuses[status]
  return (
    <Badge icon={icon} tone={tone}>
      {word}
    </Badge>
  )
}

const scopeStatuses: Readonly<Record<Scope['status'], Look>> = {
  held: ['held', 'warn', 'held'],
  failing: ['bad', 'bad', 'failing'],
  stale: ['clock', 'warn', 'stale'],
  gone: ['gone', 'calm', 'gone'],
  fresh: ['good', 'good', 'fresh'],
  events: ['events', 'calm', 'events'],
}
/** Worst first. */
export const scopeStatusOrder = Object.keys(scopeStatuses) as readonly Scope['status'][]
export function ScopeBadge({ status }: { status: Scope['status'] }) {
  const [icon, tone, word] = scopeStatuses[status]
  return (
    <Badge icon={icon} tone={tone}>
      {word}
    </Badge>
  )
}
