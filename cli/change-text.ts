import type { Change, FieldChange } from '../model/change.ts'
import { type Page, type View, writeList } from './output.ts'
import { fit, type Paint, printable, type Terminal } from './terminal.ts'

/** Characters of one value that a line shows; `-o json` has all of it. */
const shownValue = 120
/** Fields of one change that are shown. */
const shownFields = 20

const marks = { r: '·', c: '+', u: '~', d: '-' } as const
const colors = { r: 'dim', c: 'green', u: 'yellow', d: 'red' } as const
export const opNames = { r: 'first sight', c: 'created', u: 'updated', d: 'deleted' } as const

/** What a change needs to be shown; a difference between two positions has no time. */
export type ShownChange = Pick<Change, 'op' | 'key' | 'fields'> &
  Partial<Pick<Change, 'recorded_at' | 'version' | 'reason'>>

const valueText = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'null'
  return printable(text.length > shownValue ? `${text.slice(0, shownValue)}…` : text)
}

function fieldText(field: FieldChange, paint: Paint): string {
  const path = printable(field.path)
  switch (field.op) {
    case 'add':
      return `${path}  ${paint.green(valueText(field.after))}`
    case 'remove':
      return `${path}  ${paint.red(valueText(field.before))} ${paint.dim('removed')}`
    case 'replace':
      return `${path}  ${paint.red(valueText(field.before))} → ${paint.green(valueText(field.after))}`
  }
}

/** A change for people: a line for it, and one for each field of an update. */
export function changeText(change: ShownChange, terminal: Terminal): string {
  const { paint } = terminal
  const color = paint[colors[change.op]]
  const time =
    change.recorded_at === undefined ? '' : `${paint.dim(change.recorded_at.slice(0, 19).replace('T', ' '))}  `
  const reason = change.reason ? paint.dim(`  (${change.reason})`) : ''
  const version = change.version === undefined ? '' : paint.dim(`  v${change.version}`)
  const lines = [`${time}${color(`${marks[change.op]} ${printable(change.key)}`)}${version}${reason}`]
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
    { title: 'Key', of: ({ key }) => key },
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
