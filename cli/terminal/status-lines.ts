import { type Scope, splitScope } from '../../model/scope.ts'
import type { ScopeCondition, ScopeStatus } from '../../model/status.ts'
import { formatDuration, formatSize } from '../../pipeline/config/units.ts'
import type { SourceStatus } from '../../pipeline/sources/status.ts'
import type { LiveStatus } from '../../pipeline/telemetry/live-status.ts'
import { fit, fitEnd, type Paint, pad, printable, widthOf } from './terminal.ts'
import { counted } from './words.ts'

export interface Status {
  readonly url: string
  readonly sources: readonly SourceStatus[]
  readonly scopes: readonly ScopeStatus[]
  readonly totals: LiveStatus
  readonly problems: readonly string[]
}

/** The rule, the totals, the address, and what says that there is more. */
const fixedLines = 5
/** Sources and scopes; a status is looked at, not read. */
const mostLines = 12
const shownProblems = 3

/** What stands at the bottom of the terminal while `vaino up` runs: at most `rows` lines of at most `columns`. */
export function statusLines(status: Status, columns: number, rows: number, paint: Paint): string[] {
  const { totals, sources, scopes } = status
  const problems = status.problems.slice(0, shownProblems)
  const room = Math.max(1, Math.min(rows - 1 - fixedLines - problems.length, mostLines))
  const shownSources = sources.slice(0, Math.max(1, Math.ceil(room / 3)))
  const shownScopes = byUrgency(scopes).slice(0, Math.max(0, room - shownSources.length))
  const line = (text: string, style: (text: string) => string = (same) => same) =>
    style(fit(printable(text), columns - 1))
  const hidden = scopes.length - shownScopes.length
  const nameColumns = scopeColumns(shownScopes, columns)
  return [
    paint.dim('─'.repeat(Math.max(1, columns - 1))),
    ...problems.map((problem) => line(problem, paint.red)),
    ...shownSources.map((source) => line(sourceText(source), source.state === 'failing' ? paint.red : undefined)),
    ...(sources.length > shownSources.length
      ? [line(`… ${sources.length - shownSources.length} more sources`, paint.dim)]
      : []),
    ...shownScopes.map((scope) => line(scopeText(scope, nameColumns), styleOf(scope.status, paint))),
    ...(hidden > 0 && shownScopes.length > 0 ? [line(`  … ${hidden} more scopes`, paint.dim)] : []),
    line(totalsText(totals, scopes)),
    line(`${status.url}   up ${upTime(totals.uptimeSeconds)}   Ctrl-C stops`, paint.dim),
  ]
}

function sourceText({ name, state, targets, scans, lastScanAt, error }: SourceStatus): string {
  if (error !== null) return `${name}  failing: ${error}`
  const rest = lastScanAt === null ? '' : `, ${counted(scans, 'scan')}, the last at ${lastScanAt.slice(11, 19)}`
  return `${name}  ${state}, ${counted(targets, 'scope')}${rest}`
}

function remarkOf({ scope, held, errors }: ScopeStatus): string {
  if (held !== null) return `${held.deletes} of ${held.of} deletes held`
  const first = errors[0]
  return first === undefined ? '' : withoutPlace(typeof first === 'string' ? first : first.message, scope)
}

/** Without the clause that names the account: the scope beside it does. */
function withoutPlace(message: string, scope: Scope): string {
  const { account } = splitScope(scope)
  const end = message.indexOf(': ')
  return account !== null && end > 0 && message.slice(0, end).includes(account) ? message.slice(end + 2) : message
}

/** Columns beside a scope's name: the indent, the status, the number and the gaps between. */
const besideName = 23
/** Columns that a remark is given; a longer one is cut rather than the names, which often differ at their ends. */
const mostRemark = 40

/** Names get what the terminal has left. */
function scopeColumns(scopes: readonly ScopeStatus[], columns: number): number {
  const remark = Math.min(mostRemark, Math.max(0, ...scopes.map((scope) => widthOf(printable(remarkOf(scope))))))
  const widest = Math.max(0, ...scopes.map(({ scope }) => widthOf(printable(scope))))
  return Math.max(20, Math.min(widest, columns - besideName - remark))
}

function scopeText(status: ScopeStatus, columns: number): string {
  const name = pad(fitEnd(printable(status.scope), columns), columns)
  return `  ${name}  ${pad(status.status, 7)}  ${pad(String(status.resources), 7, 'right')}  ${remarkOf(status)}`
}

function totalsText(totals: LiveStatus, scopes: readonly ScopeStatus[]): string {
  const resources = scopes.reduce((sum, scope) => sum + scope.resources, 0)
  const { c, u, d } = totals.changes
  const parts = [
    `${counted(resources, 'resource')} in ${counted(scopes.length, 'scope')}`,
    `+${c} ~${u} -${d} changes, ${perSecond(totals.changesPerSecond)}`,
    `${totals.records} records, ${perSecond(totals.recordsPerSecond)}`,
    ...(totals.commitP99Ms === null ? [] : [`commit p99 ${Math.round(totals.commitP99Ms)} ms`]),
    ...(totals.deadLetters > 0 ? [counted(totals.deadLetters, 'dead letter')] : []),
    formatSize(totals.residentBytes),
  ]
  return parts.join(' · ')
}

const perSecond = (rate: number): string => `${rate >= 10 || rate === 0 ? Math.round(rate) : rate.toFixed(1)}/s`

const upTime = (seconds: number): string =>
  seconds < 120 ? `${Math.floor(seconds)}s` : formatDuration(Math.floor(seconds / 60) * 60_000)

const urgency: Readonly<Record<ScopeCondition, number>> = {
  failing: 0,
  held: 1,
  stale: 2,
  gone: 3,
  events: 4,
  fresh: 5,
}

/** What needs a look first; of the others those that hold most, because a cloud has hundreds that are empty. */
const byUrgency = (scopes: readonly ScopeStatus[]): ScopeStatus[] =>
  [...scopes].sort(
    (a, b) => urgency[a.status] - urgency[b.status] || b.resources - a.resources || (a.scope < b.scope ? -1 : 1),
  )

const styleOf = (status: ScopeCondition, paint: Paint) =>
  status === 'fresh' || status === 'events' ? undefined : status === 'failing' ? paint.red : paint.yellow
