import type { FieldChange } from '../../model/change.ts'
import type { Json } from '../../model/resource.ts'
import type { FileChange } from '../../pipeline/file-diff/file-changes.ts'
import { opNames, writeChanges } from '../terminal/change-text.ts'
import { labelText } from '../terminal/label.ts'
import { type Page, type View, writeList } from '../terminal/output.ts'
import { fit } from '../terminal/terminal.ts'

/** A difference of two files, or of two points of a server: there `r` is what was only seen in between, and as it was then. */
export type ShownDifference = Omit<FileChange, 'op'> & { readonly op: FileChange['op'] | 'r' }

/** What a comparison found, as it is found; of the shape that `GET /v1/diff` answers. */
export interface Difference {
  readonly from: string
  readonly to: string
  /** The settled time that `to` is answered as of, where a server was asked for a time: where the next window begins. */
  readonly as_of?: string
  readonly changes: AsyncIterable<ShownDifference> | Iterable<ShownDifference>
}

/** Text that is gathered before it is written. */
const gatheredChars = 64 * 1024

/**
 * Writes a comparison as it is found; one change is held, whatever their number.
 * @returns how many changes there were
 */
export async function writeDifference({ changes, ...points }: Difference, page: Page): Promise<number> {
  const gathering = gathered(page)
  const count = await writeIn(gathering.page, points, changes)
  await gathering.flush()
  return count
}

async function writeIn(
  page: Page,
  points: Omit<Difference, 'changes'>,
  changes: Difference['changes'],
): Promise<number> {
  let count = 0
  switch (page.format) {
    case 'json':
      await page.write(`${JSON.stringify(points).slice(0, -1)},"changes":[`)
      for await (const change of changes) await page.write(`${count++ === 0 ? '\n' : ',\n'}${JSON.stringify(change)}`)
      await page.write(count === 0 ? ']}\n' : '\n]}\n')
      return count
    case 'yaml': {
      const { stringify } = await import('yaml')
      await page.write(`${stringify(points)}changes:`)
      for await (const change of changes) {
        await page.write(
          `${count++ === 0 ? '\n' : ''}${stringify([change], exactNumbers, { aliasDuplicateObjects: false })}`,
        )
      }
      await page.write(count === 0 ? ' []\n' : '')
      return count
    }
    case 'markdown': {
      const rows = async function* () {
        for await (const change of changes) {
          count++
          yield* rowsOf(change)
        }
      }
      await writeList(rows(), rowView, page)
      return count
    }
    case 'table':
    case 'ndjson':
      return writeChanges(changes, page)
  }
}

/** One row of Markdown: a field of an update, or a resource that came or went. */
interface Row {
  readonly change: ShownDifference
  readonly field: FieldChange | null
}

const rowsOf = (change: ShownDifference): Row[] =>
  change.fields.length === 0 ? [{ change, field: null }] : change.fields.map((field) => ({ change, field }))

/** Characters of one value in a row; `-o json` has all of it. */
const shownValue = 200

const code = (text: string): string => (text === '' ? '' : `\`${text.replaceAll('`', "'")}\``)
const shown = (value: Json, isThere: boolean): string => (isThere ? code(fit(JSON.stringify(value), shownValue)) : '')

const rowView: View<Row> = {
  columns: [
    { title: 'What', of: ({ change }) => opNames[change.op] },
    { title: 'Resource', of: ({ change }) => code(labelText(change.key)) },
    { title: 'Field', of: ({ field }) => code(field?.path ?? '') },
    { title: 'Before', of: ({ field }) => (field === null ? '' : shown(field.before, field.op !== 'add')) },
    { title: 'After', of: ({ field }) => (field === null ? '' : shown(field.after, field.op !== 'remove')) },
  ],
  empty: 'nothing has changed',
}

/** YAML writes a number that a double can't hold as it was, where it is whole. */
const exactNumbers = (_name: unknown, value: unknown): unknown => {
  if (!JSON.isRawJSON(value)) return value
  const { rawJSON } = value as { rawJSON: string }
  return /^-?\d+$/.test(rawJSON) ? BigInt(rawJSON) : rawJSON
}

/** A page that writes fewer and larger pieces: a call for each of 50,000 changes would cost more than finding them. */
function gathered(page: Page): { page: Page; flush: () => Promise<void> } {
  let held = ''
  const flush = async () => {
    const text = held
    held = ''
    if (text !== '') await page.write(text)
  }
  const write = async (text: string) => {
    held += text
    if (held.length >= gatheredChars) await flush()
  }
  return { page: { ...page, write }, flush }
}
