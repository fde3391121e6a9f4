import type { Row } from '../stream/messages.ts'

/** A line of the list: a change, or first sights of one scope that came one after another. */
export type Line =
  | { readonly kind: 'change'; readonly id: string; readonly row: Row }
  | {
      readonly kind: 'first_sights'
      readonly id: string
      readonly scope: string
      readonly at: string
      readonly rows: readonly Row[]
    }

/** Folds neighbouring first sights of one scope: a first scan of a thousand things is one piece of news. */
export function linesOf(rows: readonly Row[]): readonly Line[] {
  const lines: Line[] = []
  for (const row of rows) {
    const last = lines.at(-1)
    if (row.op !== 'r') lines.push({ kind: 'change', id: row.id, row })
    else if (last?.kind === 'first_sights' && last.scope === row.scope)
      lines[lines.length - 1] = { ...last, id: row.id, rows: [...last.rows, row] }
    else lines.push({ kind: 'first_sights', id: row.id, scope: row.scope, at: row.at, rows: [row] })
  }
  return lines
}
