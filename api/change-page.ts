import type { Cursor, Position } from '../model/cursor.ts'
import { nextTurn } from './byte-source.ts'
import { sliceMs } from './limits.ts'
import { readLog, rowBudget } from './log-reading.ts'
import type { LogEntry, LogSource } from './log-source.ts'
import { isWanted, type RuleOf, type Wanted } from './wanted.ts'

/** A page of changes as JSON texts, and where the next one begins. */
export interface ChangePage {
  readonly texts: readonly string[]
  readonly cursor: Cursor
  readonly upToDate: boolean
}

export interface ChangePageOptions {
  readonly limit: number
  /** Bytes at which the page ends early. */
  readonly maxBytes: number
  /** Milliseconds after which the page ends early, possibly empty: a filter may let little through. */
  readonly maxMs: number
  readonly documents?: boolean
  /** Where it ends; default: at the log's end. */
  readonly through?: Position
}

/** Reads forward from a position until a page is full or the log ends, letting others run in between. */
export async function readChangePage<E extends LogEntry>(
  reader: LogSource<E>,
  from: Position,
  wanted: Wanted<E>,
  ruleOf: RuleOf<E>,
  { limit, maxBytes, maxMs, documents = true, through = reader.head() }: ChangePageOptions,
): Promise<ChangePage> {
  const budget = rowBudget(maxBytes / 4)
  const takesAll = wanted.passes === null && wanted.suppressed === 'included'
  const texts: string[] = []
  const startedMs = performance.now()
  let sliceStartedMs = startedMs
  let position = from
  let length = 0
  let reads = 0
  const reached = () => position.every((offset, partition) => offset >= (through[partition] ?? 0))
  while (texts.length < limit && length < maxBytes && !reached()) {
    const nowMs = performance.now()
    // One read at least, so that a slow machine gets on too.
    if (reads > 0 && nowMs - startedMs > maxMs) break
    if (nowMs - sliceStartedMs > sliceMs) {
      await nextTurn()
      sliceStartedMs = performance.now()
    }
    // Unfiltered, a read never brings more than the page still takes; filtered, what is over is left for the next page.
    const { changes } = readLog(
      reader,
      position,
      through,
      takesAll ? Math.min(budget.rows, limit - texts.length) : budget.rows,
      reads++,
    )
    const passed = [...position]
    const before = length
    for (const change of changes) {
      if (texts.length >= limit || length >= maxBytes) break
      passed[change.partition] = change.offset
      const rule = ruleOf(change)
      if (!isWanted(wanted, change, rule)) continue
      const text = change.toJson(reader.encode(passed), rule, documents)
      texts.push(text)
      length += Buffer.byteLength(text)
    }
    if (length > before) budget.learn(changes.length, length - before)
    position = passed
  }
  return { texts, cursor: reader.encode(position), upToDate: reached() }
}
