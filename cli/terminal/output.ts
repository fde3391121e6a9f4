import { once } from 'node:events'
import type { RawNumber } from '../../model/resource.ts'
import { hasReader } from './lost-reader.ts'
import { fit, pad, printable, type Terminal, widthOf } from './terminal.ts'

export const formats = ['table', 'json', 'ndjson', 'yaml', 'markdown'] as const
export type Format = (typeof formats)[number]

export interface Column<T> {
  readonly title: string
  readonly of: (row: T) => string
  readonly align?: 'right'
  /** Never cut, because people copy it, or because two of them may differ only at their ends: the line continues below. */
  readonly isWhole?: boolean
  /** Colours a cell that is cut and padded already. */
  readonly style?: (cell: string, row: T) => string
}

/** How things of one kind are shown to people. */
export interface View<T> {
  readonly columns: readonly Column<T>[]
  /** What stands in lines of its own below a row of a table; in a Markdown table it is the last column. */
  readonly below?: { readonly title: string; readonly of: (row: T) => readonly string[] }
  /** Said on stderr where there is nothing to show. */
  readonly empty: string
}

/** Writes to a stream and waits while its reader is slow. Writes nothing once the reader has gone away. */
export async function writeTo(stream: NodeJS.WriteStream, text: string): Promise<void> {
  if (!hasReader(stream) || stream.write(text)) return
  try {
    await once(stream, 'drain')
  } catch (error) {
    // The stream's own error handler has decided by now whether the command goes on (see lost-reader.ts).
    if (hasReader(stream)) throw error
  }
}

export interface Page {
  readonly format: Format
  readonly terminal: Terminal
  write(text: string): Promise<void>
  /** For people, beside the data. */
  note(text: string): void
}

/** Rows from which column widths are taken; later ones that are wider are not cut where nothing cuts lines. */
const sampledRows = 500

/** Writes things as a list. They may come slowly and be many: at most 500 are held. */
export async function writeList<T>(rows: AsyncIterable<T> | Iterable<T>, view: View<T>, page: Page): Promise<number> {
  switch (page.format) {
    case 'table':
      return writeTable(rows, view, page)
    case 'markdown':
      return writeMarkdown(rows, view, page)
    case 'ndjson':
      return writeEach(rows, page, async (row) => `${JSON.stringify(row)}\n`)
    case 'json': {
      const count = await writeEach(rows, page, async (row, at) => `${at === 0 ? '[\n' : ',\n'}${JSON.stringify(row)}`)
      await page.write(count === 0 ? '[]\n' : '\n]\n')
      return count
    }
    case 'yaml': {
      const count = await writeEach(rows, page, (row) => yamlOf([row]))
      if (count === 0) await page.write('[]\n')
      return count
    }
  }
}

/** Writes one thing: as a document, or as what `text` makes of it. */
export async function writeOne<T>(value: T, text: () => string, page: Page): Promise<void> {
  switch (page.format) {
    case 'json':
      return page.write(`${JSON.stringify(value, null, 2)}\n`)
    case 'ndjson':
      return page.write(`${JSON.stringify(value)}\n`)
    case 'yaml':
      return page.write(await yamlOf(value))
    case 'table':
    case 'markdown':
      return page.write(text())
  }
}

/** YAML of a value that may hold raw numbers, which a double could not hold (see model/json.ts). */
export async function yamlOf(value: unknown): Promise<string> {
  const { stringify } = await import('yaml')
  const replace = (_name: unknown, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || !JSON.isRawJSON(inner)) return inner
    const { rawJSON } = inner as RawNumber
    return /^-?\d+$/.test(rawJSON) ? BigInt(rawJSON) : Number(rawJSON)
  }
  return stringify(value, replace, { aliasDuplicateObjects: false })
}

async function writeEach<T>(
  rows: AsyncIterable<T> | Iterable<T>,
  page: Page,
  textOf: (row: T, at: number) => Promise<string>,
): Promise<number> {
  let at = 0
  for await (const row of rows) await page.write(await textOf(row, at++))
  return at
}

async function writeTable<T>(rows: AsyncIterable<T> | Iterable<T>, view: View<T>, page: Page): Promise<number> {
  const { paint } = page.terminal
  let widths: number[] | null = null
  const line = (row: T, cells: readonly string[]) =>
    [format(row, cells), ...(view.below?.of(row) ?? []).map((text) => `    ${printable(text)}`), ''].join('\n')
  const format = (row: T, cells: readonly string[]) =>
    cells
      .map((cell, at) => {
        const column = view.columns[at]
        const columns = widths?.[at] ?? 0
        const cut = page.terminal.isTerminal && column?.isWhole !== true ? fit(cell, columns) : cell
        const isLast = at === cells.length - 1
        const padded = isLast && column?.align === undefined ? cut : pad(cut, columns, column?.align && 'right')
        return column?.style?.(padded, row) ?? padded
      })
      .join('  ')
      .trimEnd()
  const flush = async (held: readonly { row: T; cells: string[] }[]) => {
    widths = fitWidths(
      view,
      held.map((entry) => entry.cells),
      page.terminal.columns(),
    )
    const titles = view.columns.map((column, at) => pad(column.title, widths?.[at] ?? 0, column.align && 'right'))
    await page.write(`${paint.dim(titles.join('  ').trimEnd())}\n`)
    for (const { row, cells } of held) await page.write(line(row, cells))
  }
  const held: { row: T; cells: string[] }[] = []
  let count = 0
  for await (const row of rows) {
    const cells = view.columns.map((column) => printable(column.of(row)))
    if (widths === null) held.push({ row, cells })
    else await page.write(line(row, cells))
    if (++count === sampledRows) await flush(held)
  }
  if (count === 0) page.note(view.empty)
  else if (widths === null) await flush(held)
  return count
}

/** The widest cells of a terminal's table give way until the line fits, but for those that are whole. */
function fitWidths<T>(view: View<T>, rows: readonly string[][], available: number): number[] {
  const widths = view.columns.map((column, at) =>
    rows.reduce((widest, cells) => Math.max(widest, widthOf(cells[at] ?? '')), widthOf(column.title)),
  )
  const gaps = 2 * (widths.length - 1)
  const giving = () => widths.filter((_, at) => view.columns[at]?.isWhole !== true)
  // Where a whole cell takes more than a line by itself, nothing is gained by cutting the others.
  const whole = widths.reduce((sum, width, at) => (view.columns[at]?.isWhole === true ? sum + width : sum), 0)
  if (whole >= available) return widths
  for (let over = widths.reduce((sum, width) => sum + width, gaps) - available; over > 0; ) {
    const widest = Math.max(...giving())
    const second = Math.max(8, ...giving().filter((width) => width < widest))
    const step = Math.min(over, Math.max(1, widest - second))
    if (widest <= 8) break
    widths[widths.findIndex((width, at) => width === widest && view.columns[at]?.isWhole !== true)] = widest - step
    over -= step
  }
  return widths
}

const markdownCell = (text: string) => printable(text).replaceAll('\\', '\\\\').replaceAll('|', '\\|')

async function writeMarkdown<T>(rows: AsyncIterable<T> | Iterable<T>, view: View<T>, page: Page): Promise<number> {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`
  const { below } = view
  const columns: readonly Column<T>[] =
    below === undefined
      ? view.columns
      : [...view.columns, { title: below.title, of: (value) => below.of(value).join('; ') }]
  const rule = columns.map((column) => (column.align === 'right' ? '---:' : '---'))
  await page.write(row(columns.map((column) => column.title)) + row(rule))
  const count = await writeEach(rows, page, async (value) => row(columns.map((c) => markdownCell(c.of(value)))))
  if (count === 0) page.note(view.empty)
  return count
}
