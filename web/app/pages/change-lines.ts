import type { Row } from '../stream/messages.ts'

export type Grouping = 'scan' | 'actor'

/** A line of the list: a change, or some that have something in common. */
export type Line =
  | { readonly kind: 'change'; readonly id: string; readonly row: Row }
  | {
      readonly kind: 'first_sights' | Grouping
      readonly id: string
      /** Newest first. */
      readonly rows: readonly [Row, ...Row[]]
    }

/** What a row has in common with others; null: it stands alone. */
function sharedOf({ op, scope, scan, actor }: Row, grouping: Grouping | null): readonly [Line['kind'], string] | null {
  if (grouping === 'actor') return ['actor', actor ?? '']
  if (grouping === 'scan' && scan !== null) return ['scan', `${scope} ${scan}`]
  // A first scan of a thousand things is one piece of news.
  return op === 'r' ? ['first_sights', `${scope} ${scan ?? ''}`] : null
}

/** Rows as lines, by the newest of each. First sights of one scan are one line whatever came in between. */
export function linesOf(rows: readonly Row[], grouping: Grouping | null = null): readonly Line[] {
  const lines: Line[] = []
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const shared = sharedOf(row, grouping)
    const [kind, name] = shared ?? ['change', row.id]
    const id = `${kind} ${name}`
    const before = groups.get(id)
    if (kind === 'change') lines.push({ kind, id, row })
    else if (before !== undefined) before.push(row)
    else {
      const all: [Row, ...Row[]] = [row]
      groups.set(id, all)
      lines.push({ kind, id, rows: all })
    }
  }
  return lines
}

const ops = ['c', 'u', 'd', 'r'] as const

/** How many rows did what, what was done to none left out. */
export const countsByOp = (rows: readonly Row[]): readonly (readonly [op: Row['op'], count: number])[] =>
  ops.flatMap((op) => {
    const count = rows.filter((row) => row.op === op).length
    return count === 0 ? [] : [[op, count] as const]
  })
