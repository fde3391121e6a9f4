import type { Actor, AttributionEntry, Change, FieldChange } from '../../model/change.ts'
import { labelOf, labelText, separator } from './label.ts'
import { type Page, type View, writeList } from './output.ts'
import { fit, type Paint, printable, type Terminal } from './terminal.ts'
import { toSecond } from './words.ts'

/** Characters of one value that a line shows; `-o json` has all of it. */
const shownValue = 120
/** Fields of one change that are shown. */
const shownFields = 20

const marks = { r: '·', c: '+', u: '~', d: '-', a: '@' } as const
const colors = { r: 'dim', c: 'green', u: 'yellow', d: 'red', a: 'dim' } as const
export const opNames = { r: 'first sight', c: 'created', u: 'updated', d: 'deleted', a: 'attributed' } as const

/** What a change needs to be shown; a difference between two positions has no time. */
export type ShownChange = Pick<Change, 'op' | 'key' | 'fields'> &
  Partial<Pick<Change, 'recorded_at' | 'version' | 'reason' | 'rule' | 'actor'>>

/** What of a value stands before the first difference, so that one sees where it is. */
const shownBefore = 20

const jsonOf = (value: unknown): string => JSON.stringify(value) ?? 'null'

/** The part of a text that begins a little before a place; what is left out shows as `…`. */
function excerpt(text: string, from = 0): string {
  if (text.length <= shownValue) return printable(text)
  const start = Math.max(0, Math.min(from - shownBefore, text.length - shownValue))
  const end = start + shownValue
  return printable(`${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`)
}

function firstDifference(a: string, b: string): number {
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return at
}

/** One field of a change: its path, the value before, the value after. */
export function fieldText(field: Pick<FieldChange, 'path' | 'op' | 'before' | 'after'>, paint: Paint): string {
  const path = printable(field.path)
  const before = jsonOf(field.before)
  const after = jsonOf(field.after)
  switch (field.op) {
    case 'add':
      return `${path}  ${paint.dim('added')} ${paint.green(excerpt(after))}`
    case 'remove':
      return `${path}  ${paint.dim('removed')} ${paint.red(excerpt(before))}`
    case 'replace': {
      const from = firstDifference(before, after)
      return `${path}  ${paint.red(excerpt(before, from))} → ${paint.green(excerpt(after, from))}`
    }
  }
}

/** A key's label, where it is dimmed: what it is called is what one reads. */
function keyText(key: string, color: (text: string) => string, paint: Paint): string {
  const { where, what } = labelOf(key)
  return (where === '' ? '' : paint.dim(printable(`${where} ${separator} `))) + color(printable(what))
}

/** Members of an actor that name it, the most telling first. */
const naming = ['name', 'userName', 'email', 'arn', 'id'] as const

/** Who made a change, in a few words. */
export function actorText(actor: Actor): string {
  if (typeof actor === 'string') return printable(actor)
  const members = typeof actor === 'object' && actor !== null ? (actor as Readonly<Record<string, unknown>>) : {}
  const name = naming.map((member) => members[member]).find((text) => typeof text === 'string' && text !== '')
  return excerpt(typeof name === 'string' ? name : jsonOf(actor))
}

/** Who made a change that was shown before, for people: a line. */
export function attributionText(entry: AttributionEntry, { paint }: Terminal): string {
  const { name } = entry.event
  const event = name === null ? '' : paint.dim(`  (${printable(name)})`)
  const who = `${keyText(entry.key, paint.dim, paint)}${paint.dim(`  v${entry.version}  by`)} ${actorText(entry.actor)}`
  return `${paint.dim(toSecond(entry.recorded_at))}  ${paint.dim(marks.a)} ${who}${event}\n`
}

/** A change for people: a line for it, and one for each field of an update. */
export function changeText(change: ShownChange, terminal: Terminal): string {
  const { paint } = terminal
  const color = paint[colors[change.op]]
  const time = change.recorded_at === undefined ? '' : `${paint.dim(toSecond(change.recorded_at))}  `
  const reason = change.reason ? paint.dim(`  (${change.reason})`) : ''
  const rule = change.rule === undefined ? '' : paint.dim(`  (ignored: ${printable(change.rule)})`)
  const by = change.actor == null ? '' : `${paint.dim('  by')} ${actorText(change.actor)}`
  const version = change.version === undefined ? '' : paint.dim(`  v${change.version}`)
  const lines = [
    `${time}${color(marks[change.op])} ${keyText(change.key, color, paint)}${version}${by}${reason}${rule}`,
  ]
  if (change.op === 'u') {
    for (const field of change.fields.slice(0, shownFields)) lines.push(`    ${fieldText(field, paint)}`)
    if (change.fields.length > shownFields)
      lines.push(paint.dim(`    … ${change.fields.length - shownFields} more fields`))
  }
  return `${lines.join('\n')}\n`
}

const changeView: View<ShownChange> = {
  columns: [
    { title: 'Time', of: ({ recorded_at }) => recorded_at ?? '' },
    { title: 'What', of: ({ op }) => opNames[op] },
    { title: 'Resource', of: ({ key }) => labelText(key) },
    { title: 'Fields', of: ({ op, fields }) => (op === 'u' ? fields.map(({ path }) => fit(path, 80)).join(', ') : '') },
  ],
  empty: 'nothing has changed',
}

/** Writes changes as lines for people, or in the format that is asked for. */
export async function writeChanges<T extends ShownChange>(
  changes: AsyncIterable<T> | Iterable<T>,
  page: Page,
): Promise<number> {
  if (page.format !== 'table') return writeList(changes, changeView, page)
  let count = 0
  for await (const change of changes) {
    await page.write(changeText(change, page.terminal))
    count++
  }
  if (count === 0) page.note(changeView.empty)
  return count
}
