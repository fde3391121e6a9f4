import type { Op } from '../../model/change.ts'
import { compileGlob } from '../../model/glob.ts'
import { compileSelector, type Subject, shapeOfOp } from '../../model/rule-selector.ts'
import type { Alert, AlertSource } from './alert.ts'
import { type AlertMessage, rankOf, shortHash } from './message.ts'
import { isQuiet, type QuietHours } from './quiet-hours.ts'
import type { GroupName, RouteConfig } from './routes-schema.ts'
import { rendered } from './template.ts'

/** A route, compiled. */
export interface Route {
  readonly name: string
  readonly on: ReadonlySet<AlertSource>
  readonly to: readonly string[]
  readonly digestMs: number
  readonly afterScans: number
  /** Null: never. */
  readonly repeatMs: number | null
  readonly tellsResolved: boolean
  /** Scopes of which it is told, as globs; null: of all. */
  readonly scopes: readonly string[] | null
  /** Whether it asks who made a change. */
  readonly asksActor: boolean
  /** Whether a change may pass, as far as these two say. */
  mayWant(op: Op, type: string): boolean
  /** Whether an alert passes, whatever rules ignore. */
  wants(alert: Alert): boolean
  groupOf(alert: Alert): { readonly key: string; readonly labels: { readonly [name: string]: string } }
  isQuiet(nowMs: number): boolean
  /** The message in the route's own words. */
  say(message: AlertMessage): AlertMessage
}

export function compileRoute(config: RouteConfig, at: number): Route {
  const { match, on, to, digest, after_scans, repeat, resolved, quiet_hours } = config
  const sources = new Set(on)
  const selector = compileSelector({
    ...{ scope: match.scope, type: match.type, key: match.key },
    ...{ tag: match.tag, path: match.field, actor: match.actor },
  })
  const types = match.type?.map(compileGlob)
  const owners = match.owner?.map(compileGlob)
  const asksOfResource = [match.type, match.key, match.tag, match.field, match.actor].some(
    (asked) => asked !== undefined,
  )
  const isIn = (list: readonly string[] | undefined, value: string | null) =>
    list === undefined || (value !== null && list.includes(value))
  return {
    name: config.name ?? `route-${at + 1}`,
    on: sources,
    to: [...new Set(to)],
    digestMs: digest,
    afterScans: after_scans,
    repeatMs: repeat ?? null,
    tellsResolved: resolved,
    scopes: match.scope ?? null,
    asksActor: match.actor !== undefined,
    mayWant: (op, type) => isIn(match.op, op) && (types === undefined || types.some((passes) => passes(type))),
    wants(alert) {
      if (!sources.has(alert.source) || (alert.isNamedLate && match.actor === undefined)) return false
      if (match.severity !== undefined && rankOf(alert.severity) > rankOf(match.severity)) return false
      if (!isIn(match.status, alert.status) || !isIn(match.tier, alert.tier)) return false
      if (!isIn(match.op, alert.op) || !isIn(match.condition, alert.condition)) return false
      if (owners !== undefined && !owners.some((passes) => alert.owner !== null && passes(alert.owner))) return false
      if (alert.source === 'health' && asksOfResource) return false
      const subject = subjectOf(alert)
      return selector.passes(subject) && (!selector.isOfFields || subject.fields().some(selector.passesField))
    },
    groupOf(alert) {
      const labels = Object.fromEntries(config.group_by.map((name) => [name, labelOf(alert, name)]))
      return { key: config.group_by.length === 0 ? '' : shortHash(JSON.stringify(labels)), labels }
    },
    say: (message) => (config.template === undefined ? message : rendered(config.template, message)),
    isQuiet: (nowMs) => quiet_hours !== undefined && isQuiet(quiet_hours satisfies QuietHours, nowMs),
  }
}

const labelOf = (alert: Alert, name: GroupName): string => String(alert[name] ?? '')

const shapes = { missing: 'delete', unmanaged: 'create' } as const

function subjectOf(alert: Alert): Subject {
  const { scopes, keys, type, op, status, paths, tags, actor } = alert
  return {
    scopes,
    keys,
    type: type ?? '',
    shape: op !== null ? shapeOfOp(op) : status === 'missing' || status === 'unmanaged' ? shapes[status] : 'update',
    fields: () => paths.map((path) => ({ path, before: null, after: null })),
    tags: () => [tags],
    actor: () => actor,
  }
}
