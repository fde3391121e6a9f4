import { severities } from '../../model/rules.ts'
import type { JudgedItem } from '../../pipeline/drift/judged-item.ts'
import {
  driftTable,
  type StateResult,
  secretText,
  shownValue,
  summaryText,
  type Totals,
} from '../terminal/drift-text.ts'
import { scopeLabel } from '../terminal/label.ts'
import { type Page, type View, writeList, yamlOf } from '../terminal/output.ts'
import { fit } from '../terminal/terminal.ts'
import { driftctlReport } from './driftctl-report.ts'

/** Writes results as they come; the formats that are one document, at the end. */
export interface DriftWriter {
  state(result: StateResult): Promise<void>
  end(totals: Totals): Promise<void>
}

export function driftWriter(format: string, page: Page): DriftWriter {
  switch (format) {
    case 'ndjson':
      return {
        state: async (result) => {
          note(result, page)
          for (const item of result.items) await page.write(`${JSON.stringify(item)}\n`)
        },
        end: async () => {},
      }
    case 'markdown':
      return gathered(page, async (results, totals) => {
        await writeList(results.flatMap(({ items }) => items).flatMap(rowsOf), rowView(totals), page)
        await page.write(`\n${summaryText(totals).join('  \n')}\n`)
      })
    case 'json':
      return gathered(page, async (results, { coverage }) =>
        page.write(`${JSON.stringify({ drift: results.flatMap(({ items }) => items), coverage }, null, 2)}\n`),
      )
    case 'yaml':
      return gathered(page, async (results, { coverage }) =>
        page.write(await yamlOf({ drift: results.flatMap(({ items }) => items), coverage })),
      )
    case 'driftctl':
      return gathered(page, async (results, totals) =>
        page.write(`${JSON.stringify(driftctlReport(results, totals), null, 2)}\n`),
      )
    default:
      return {
        state: async (result) => page.write(driftTable(result, page.terminal)),
        end: async (totals) => {
          const { paint } = page.terminal
          const [first = '', ...rest] = summaryText(totals)
          const { changed, missing, unmanaged, unknown, managed } = totals.coverage
          const color =
            changed + missing + unmanaged > 0 ? paint.yellow : unknown > 0 || managed === 0 ? paint.cyan : paint.green
          await page.write(`${[paint.bold(color(first)), ...rest.map(paint.dim)].join('\n')}\n`)
        },
      }
  }
}

function gathered(page: Page, write: (results: StateResult[], totals: Totals) => Promise<void>): DriftWriter {
  const results: StateResult[] = []
  return {
    state: async (result) => {
      note(result, page)
      results.push(result)
    },
    end: (totals) => write(results, totals),
  }
}

/** What stands beside the items is for people, on stderr. */
function note({ state, failure, remarks }: StateResult, page: Page): void {
  for (const { message, hint } of [...(failure === null ? [] : [failure]), ...remarks]) {
    page.note(`${scopeLabel(state).where}: ${message}`)
    if (hint !== null) page.note(`  ${hint}`)
  }
}

interface Row {
  readonly item: JudgedItem
  readonly field: JudgedItem['fields'][number] | null
}

const rowsOf = (item: JudgedItem): Row[] =>
  item.fields.length === 0 ? [{ item, field: null }] : item.fields.map((field) => ({ item, field }))

/** Characters of one value in a row; `-o json` has all of it. */
const maxValue = 200
const code = (text: string): string => (text === '' ? '' : `\`${text.replaceAll('`', "'")}\``)
const shown = (field: Row['field'], side: 'before' | 'after'): string => {
  if (field === null || field[side] === null) return ''
  return secretText(field) === null ? code(fit(JSON.stringify(shownValue(field[side])), maxValue)) : 'a secret'
}

/** By what the real things were compared with. */
function comparedWith({ states, against }: Totals): { title: string; isAsThat: string } {
  if (against !== undefined) return { title: 'There was', isAsThat: `as it was at ${against}` }
  if (states === 0) return { title: 'Was applied', isAsThat: 'as it was applied' }
  return { title: 'Terraform has', isAsThat: 'as Terraform has it' }
}

const rowView = (totals: Totals): View<Row> => ({
  columns: [
    { title: 'Status', of: ({ item }) => item.status },
    { title: 'State', of: ({ item }) => code(scopeLabel(item.state).where) },
    { title: 'Resource', of: ({ item }) => code(item.address) },
    { title: 'Field', of: ({ item, field }) => (field === null ? (item.message ?? '') : code(field.path)) },
    { title: comparedWith(totals).title, of: ({ field }) => shown(field, 'before') },
    { title: 'There is', of: ({ field }) => shown(field, 'after') },
  ],
  empty:
    (totals.unread ?? 0) > 0 ? 'nothing that is known has drifted' : `everything is ${comparedWith(totals).isAsThat}`,
})

/** The worst first, then by address. */
export function bySeverity(a: JudgedItem, b: JudgedItem): number {
  const rank = ({ severity }: JudgedItem) => (severity === null ? severities.length : severities.indexOf(severity))
  return rank(a) - rank(b) || (a.address < b.address ? -1 : 1)
}
