import { type Filter, matches } from '../model/filter.ts'
import { createRedactor } from '../model/redaction.ts'
import { splitKey } from '../model/scope.ts'
import { type Comparison, compareFiles } from '../pipeline/file-diff/compare-files.ts'
import { type FileChange, fileChanges, type Totals } from '../pipeline/file-diff/file-changes.ts'
import { openForDiff } from '../pipeline/file-diff/terraform-state.ts'
import { writeDifference } from './diff-output.ts'
import type { FilterFlags } from './filter-flags.ts'
import { interruption } from './interrupt.ts'
import type { Page } from './output.ts'

/** Shows what differs between two files. @returns how many changes there were */
export async function diffFiles(from: string, to: string, flags: FilterFlags, page: Page): Promise<number> {
  const signal = interruption()
  // Equal secrets must look equal within this comparison; nobody needs to know them in another.
  const redactor = createRedactor(crypto.getRandomValues(new Uint8Array(32)))
  await using first = await openForDiff(from, redactor, signal)
  await using second = await openForDiff(to, redactor, signal)
  const comparison = await compareFiles(first, second, signal)
  const totals: Totals = { created: 0, updated: 0, deleted: 0, unchanged: 0 }
  const changes = filtered(fileChanges(comparison, redactor, totals), flags, signal)
  const count = await writeDifference({ from, to, changes }, page)
  tell(page, comparison, totals)
  return count
}

function* filtered(changes: Iterable<FileChange>, flags: FilterFlags, signal: AbortSignal): Generator<FileChange> {
  const filter = { ...flags, key_prefix: flags.keyPrefix, tags: flags.tag } satisfies Filter & FilterFlags
  for (const change of changes) {
    signal.throwIfAborted()
    const scope = splitKey(change.key)?.scope
    const resource = change.after ?? change.before
    if (scope !== undefined && resource !== null && matches(filter, scope, resource)) yield change
  }
}

function tell(page: Page, { copies, shared, before }: Comparison, totals: Totals): void {
  if (copies > 0) page.note(`${copies} resources stand more than once in a file, unchanged; each counts once`)
  const { created, updated, deleted, unchanged } = totals
  if (page.format === 'table' && created + updated + deleted > 0) {
    page.note(`${updated} updated, ${created} created, ${deleted} deleted, ${unchanged} unchanged`)
  }
  if (created > 0 && before.index.count > 0 && shared === 0) {
    page.note('the files have no resource in common: were they made by different tools, or from different sources?')
  }
}
