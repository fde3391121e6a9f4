import { createHash } from 'node:crypto'
import { type Severity, severities } from '../../model/rules.ts'
import type { AlertItem } from './alert.ts'

/** What one message says to a sink. The data of the webhook's CloudEvent; the other sinks are written from it. */
export interface AlertMessage {
  /** The same whenever it is sent again. */
  readonly id: string
  /** RFC 3339. */
  readonly at: string
  /** `report`: something has opened, changed, is over or happened; `repeat`: it is still so; `test`: nothing has happened. */
  readonly kind: 'report' | 'repeat' | 'test'
  readonly route: string
  /** The same for all messages of a group, as long as something of it is open. */
  readonly incident: string
  /** What the group has in common: what `group_by` names. */
  readonly labels: { readonly [name: string]: string }
  /** The worst of its items; null where none has one. */
  readonly severity: Severity | null
  readonly title: string
  /** What a template of the route makes in place of the lines. */
  readonly text?: string
  readonly counts: {
    readonly open: number
    readonly changed: number
    readonly resolved: number
    readonly changes: number
  }
  /** Things of the group that are open after this message. */
  readonly still_open: number
  /** The worst first. */
  readonly items: readonly AlertItem[]
  /** Items beyond those. */
  readonly omitted: number
}

/** Items that a message names; the others are counted. */
export const maxItems = 50

export const rankOf = (severity: Severity | null): number =>
  severity === null ? severities.length : severities.indexOf(severity)

export const shortHash = (...parts: readonly (string | number)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)

/** The incident of a group: the deduplication key of what keeps incidents. */
export const incidentOf = (route: string, grouped: string): string => shortHash('incident', route, grouped)

export const worstOf = (items: readonly AlertItem[]): Severity | null =>
  items.reduce<Severity | null>((worst, { severity }) => (rankOf(severity) < rankOf(worst) ? severity : worst), null)

/** One line: what happened, how often, to what. */
export function titleOf(message: Omit<AlertMessage, 'title'>): string {
  const { kind, counts, still_open, items, labels } = message
  const [only] = items
  if (kind === 'test') return 'Test message: nothing has happened'
  const total = counts.open + counts.changed + counts.resolved + counts.changes
  if (kind === 'report' && total === 1 && only !== undefined) return oneLine(only)
  const parts =
    kind === 'repeat'
      ? [`${still_open} still open`]
      : [
          ...(counts.open > 0 ? [`${counts.open} opened`] : []),
          ...(counts.changed > 0 ? [`${counts.changed} got worse`] : []),
          ...(counts.resolved > 0 ? [`${counts.resolved} resolved`] : []),
          ...(counts.changes > 0 ? [`${counts.changes} ${counts.changes === 1 ? 'change' : 'changes'}`] : []),
        ]
  const where = Object.entries(labels).map(([name, value]) => `${name} ${value === '' ? 'none' : value}`)
  return `${parts.join(', ')}${where.length === 0 ? '' : ` (${where.join(', ')})`}`
}

const eventWords = { open: '', changed: 'worse: ', resolved: 'resolved: ', change: '' } as const
const opWords = { r: 'first seen', c: 'created', u: 'changed', d: 'deleted' } as const

/** One item in a line: `critical: aws_security_group.web changed in terraform/infra/-/state`. */
export function oneLine(item: AlertItem): string {
  const { source, event, severity, name, status, op, condition, message, scope } = item
  const severityText = severity === null ? '' : `${severity}: `
  const before = `${eventWords[event]}${severityText}`
  if (source === 'health') return `${before}${message ?? `${condition} ${scope}`}`
  const what =
    source === 'changes' ? (op === null ? 'changed' : opWords[op]) : status === 'changed' ? 'drifted' : status
  return `${before}${name} ${what} in ${scope}`
}

/** A message that says that it is one, for trying a sink. */
export function testMessage(sink: string, nowMs: number): AlertMessage {
  const of: Omit<AlertMessage, 'title'> = {
    ...{ id: shortHash('test', sink, nowMs), at: new Date(nowMs).toISOString(), kind: 'test', route: 'test' },
    ...{ incident: shortHash('test incident', sink), labels: {}, severity: 'low' },
    ...{ counts: { open: 0, changed: 0, resolved: 0, changes: 0 }, still_open: 0, items: [], omitted: 0 },
  }
  return { ...of, title: titleOf(of) }
}
