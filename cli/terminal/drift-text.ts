import { posix } from 'node:path'
import type { Json } from '../../model/resource.ts'
import { type Scope, splitScope } from '../../model/scope.ts'
import { placeholder } from '../../model/secret-text.ts'
import type { Coverage } from '../../pipeline/drift/coverage.ts'
import type { JudgedItem } from '../../pipeline/drift/judged-item.ts'
import type { Why } from '../../pipeline/drift/why.ts'
import { actorText, fieldText } from './change-text.ts'
import { scopeLabel } from './label.ts'
import { type Paint, printable, type Terminal } from './terminal.ts'
import { counted, toSecond } from './words.ts'

/** One state's result: what is shown of it, and all of it. */
export interface StateResult {
  readonly state: Scope
  readonly items: readonly JudgedItem[]
  readonly all: readonly JudgedItem[]
  /** Managed instances. */
  readonly total: number
  readonly failure: Why | null
  readonly remarks: readonly Why[]
}

export interface Totals {
  readonly coverage: Coverage
  readonly states: number
  readonly seconds: number
  /** States, and kinds of a cluster, of which nothing could be read. */
  readonly unread?: number
  /** The baseline that it was compared with; absent: the states. */
  readonly against?: string
}

/** Fields of one resource that are shown; `-o json` has all. */
const shownFields = 20
/** Addresses named of those that are unknown for one reason. */
const shownUnknown = 5

/** One state's result as lines for people; empty where there is nothing to say. */
export function driftTable({ state, items, total, failure, remarks }: StateResult, { paint }: Terminal): string {
  const blocks = [
    ...(failure === null ? [] : [whyText('!', failure, paint.red, paint)]),
    ...remarks.map((why) => whyText('!', why, paint.yellow, paint)),
    ...items.filter(({ status }) => status !== 'unknown').map((item) => itemText(item, paint)),
    ...(failure === null ? unknownTexts(items, paint) : []),
  ]
  if (blocks.length === 0) return ''
  const { where } = scopeLabel(state)
  // Of what could not be read nobody knows how many it has.
  const isUncounted = total === 0 && (failure !== null || remarks.length > 0)
  return `${paint.bold(printable(where))}${isUncounted ? '' : paint.dim(`  ${counted(total, 'resource')}`)}\n\n${blocks.join('\n')}\n`
}

function itemText(item: JudgedItem, paint: Paint): string {
  const place = [item.region, item.account].filter((part) => part !== null).join(' ')
  const severity = item.severity === null ? '' : `  ${severityColors(paint)[item.severity](item.severity)}`
  const beside = `${severity}${paint.dim(place === '' ? '' : `  ${printable(place)}`)}`
  const address = printable(item.address)
  switch (item.status) {
    case 'missing':
      return [
        `  ${paint.red('-')} ${paint.red(address)}${beside}`,
        `      is gone, or Terraform would create it anew${item.identity === null ? '' : paint.dim(`  ${printable(item.identity)}`)}`,
        ...whoText(item, paint),
        commandText(item, paint),
        '',
      ].join('\n')
    case 'changed': {
      const fields = item.fields.slice(0, shownFields).map((field) => `      ${driftField(field, paint)}`)
      const more = item.fields.length - fields.length + item.omitted
      return [
        `  ${paint.yellow('~')} ${paint.yellow(address)}${typeText(item, paint)}${item.replaced ? paint.red('  replaced by another') : ''}${beside}`,
        ...fields,
        ...(more > 0 ? [paint.dim(`      … ${counted(more, 'more field')}`)] : []),
        ...whoText(item, paint),
        commandText(item, paint),
        '',
      ].join('\n')
    }
    case 'unmanaged':
      return [
        `  ${paint.green('+')} ${paint.green(address)}  ${paint.dim(printable(item.type))}${beside}`,
        ...whoText(item, paint),
        commandText(item, paint),
        '',
      ].join('\n')
    default:
      return `  ${paint.green('=')} ${address}${beside}`
  }
}

/** The type of what no address of Terraform names with it. */
const typeText = ({ state, type }: JudgedItem, paint: Paint): string =>
  splitScope(state).provider === 'terraform' ? '' : `  ${paint.dim(printable(type))}`

/** What no address of Terraform names with its type is named with it. */
const nameOf = ({ state, type, address }: JudgedItem): string =>
  printable(splitScope(state).provider === 'terraform' ? address : `${type} ${address}`)

/** Who did it and when, or since when it is known; nothing where neither is. */
function whoText({ actor, occurred_at, since }: JudgedItem, paint: Paint): string[] {
  const when = occurred_at ?? since
  const by = actor === null ? '' : `by ${actorText(actor)}`
  const text = [by, when === null ? '' : `${occurred_at === null ? 'since ' : ''}${toSecond(when)}`]
  const said = text.filter((part) => part !== '').join(', ')
  return said === '' ? [] : [paint.dim(`      ${said}`)]
}

/** An object without the members that say nothing: of a rule with ten members often three are set. */
export function shownValue(value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || JSON.isRawJSON(value)) return value
  const said = Object.entries(value).filter(([, inner]) => inner !== null && inner !== '' && !isEmpty(inner))
  return Object.fromEntries(said)
}

const isEmpty = (value: Json): boolean =>
  typeof value === 'object' && value !== null && !JSON.isRawJSON(value) && Object.keys(value).length === 0

/** Of two secrets only that they differ; `null` where they are none. */
export const secretText = ({ before, after }: JudgedItem['fields'][number]): string | null =>
  [before, after].every((value) => typeof value === 'string' && placeholder.test(value))
    ? 'another secret than in the state'
    : null

const severityColors = (paint: Paint) => ({
  critical: (text: string) => paint.bold(paint.red(text)),
  high: paint.red,
  medium: paint.yellow,
  low: paint.dim,
})

/** What Terraform has, then what there is. Of a secret only that it is another one. */
function driftField(field: JudgedItem['fields'][number], paint: Paint): string {
  const { path, before, after } = field
  const secret = secretText(field)
  if (secret !== null) return `${printable(path)}  ${paint.dim(secret)}`
  const [was, is] = [shownValue(before), shownValue(after)]
  const op = before === null ? 'add' : after === null ? 'remove' : 'replace'
  return fieldText({ path, op, before: was, after: is }, paint)
}

/** The same shown by Terraform itself; of what no state stands behind, the command that shows its changes. */
function commandText({ state, address, key }: JudgedItem, paint: Paint): string {
  if (splitScope(state).collection !== 'state') return paint.dim(`      vaino history ${quoted(key)}`)
  const folder = rootOf(splitScope(state).account ?? '')
  const from = folder === null || folder === '.' ? '' : ` -chdir=${quoted(folder)}`
  return paint.dim(`      terraform${from} plan -refresh-only -target=${quoted(address)}`)
}

/** The folder that a state's path tells; `null` for an address. */
function rootOf(path: string): string | null {
  if (/^https?:/i.test(path)) return null
  const folder = posix.dirname(path)
  return posix.basename(posix.dirname(folder)) === 'terraform.tfstate.d' ? posix.dirname(posix.dirname(folder)) : folder
}

/** For a shell. */
const quoted = (text: string): string =>
  /^[\w./:@=-]+$/.test(text) ? text : `'${printable(text).replaceAll("'", "'\\''")}'`

/** Those that are unknown for one reason are told together. */
function unknownTexts(items: readonly JudgedItem[], paint: Paint): string[] {
  const groups = new Map<string, JudgedItem[]>()
  for (const item of items) {
    if (item.status !== 'unknown') continue
    const key = item.message ?? item.reason ?? ''
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return [...groups].map(([message, group]) => {
    const names = group.slice(0, shownUnknown).map(nameOf)
    const more = group.length - names.length
    const hint = group[0]?.hint ?? null
    const which = group.length === 1 ? (names[0] ?? '') : `${counted(group.length, 'resource')}, each of which`
    return [
      `  ${paint.cyan('?')} ${paint.cyan(which)} ${printable(message)}`,
      ...(group.length > 1 ? [paint.dim(`      ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`)] : []),
      ...(hint === null ? [] : [`      ${printable(hint)}`]),
      '',
    ].join('\n')
  })
}

const whyText = (mark: string, { message, hint }: Why, color: (text: string) => string, paint: Paint): string =>
  [
    `  ${color(mark)} ${printable(message)}`,
    ...(hint === null ? [] : [paint.dim(`      ${printable(hint)}`)]),
    '',
  ].join('\n')

/** What was found in all, and how much of it is known. */
export function summaryText(totals: Totals): string[] {
  const { coverage, states, seconds, unread = 0, against } = totals
  if (against !== undefined) return baselineSummary(totals, against)
  const { managed, in_sync, changed, missing, unmanaged, unknown, suppressed, percent, not_applied } = coverage
  const drifted = changed + missing
  const where = counted(managed, 'resource') + (states === 0 ? '' : ` in ${counted(states, 'state')}`)
  const first =
    drifted > 0
      ? `${drifted} of ${where} ${drifted === 1 ? 'has' : 'have'} drifted: ${changed} changed, ${missing} missing`
      : unknown > 0
        ? `Nothing of what is known has drifted, but ${unknown} of ${where} ${unknown === 1 ? 'is' : 'are'} not known`
        : managed === 0 && unread > 0
          ? `Nothing is known: ${unreadText(unread)}`
          : managed === 0 && not_applied > 0
            ? `Nothing to compare with: to ${counted(not_applied, 'object')} nothing was applied that is known`
            : managed === 0
              ? `No resources that could drift${states === 0 ? '' : ` in ${counted(states, 'state')}`}`
              : `All of ${where} are as ${states === 0 ? 'they were applied' : 'Terraform has them'}${suppressed > 0 ? ', or ignored' : ''}`
  const strangers = unmanaged === 0 ? '' : `; ${counted(unmanaged, 'resource')} in no state`
  const notRead = unread === 0 || managed === 0 ? '' : `; ${unreadText(unread)}`
  return [
    `${first}${strangers}${notRead}`,
    `${in_sync} in sync, ${unknown} unknown${ignoredText(suppressed)}; ${knownText(percent, unread === 0 ? 'of what is managed' : 'of what was read')}${seconds.toFixed(1)} s`,
    ...(drifted > 0 && states > 0
      ? ['Put it right: `terraform apply` brings back what is written; or write down what is there.']
      : []),
  ]
}

const unreadText = (unread: number): string =>
  `${counted(unread, 'state or kind', 'states or kinds')} could not be read`
const ignoredText = (suppressed: number): string => (suppressed > 0 ? `, ${suppressed} ignored by rules` : '')
/** Of nothing there is no share. */
const knownText = (percent: number | null, ofWhat: string): string =>
  percent === null ? '' : `${percent} % ${ofWhat} is known. `

function baselineSummary({ coverage, seconds }: Totals, against: string): string[] {
  const { managed, changed, missing, unmanaged, unknown, suppressed, percent } = coverage
  const where = `${counted(managed, 'resource')} of ${against}`
  const isAsThen = changed + missing + unmanaged === 0
  const first = isAsThen
    ? unknown > 0
      ? `Nothing of what is known has changed since ${against}, but ${unknown} of ${where} ${unknown === 1 ? 'is' : 'are'} not known`
      : `All of ${where} are as they were`
    : `Of ${where}: ${changed} changed, ${missing} gone; ${unmanaged} new`
  return [
    first,
    `${unknown} unknown${ignoredText(suppressed)}; ${knownText(percent, 'of what there was')}${seconds.toFixed(1)} s`,
  ]
}
