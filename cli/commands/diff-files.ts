import { type Filter, isEmptyFilter, matches } from '../../model/filter.ts'
import { createRedactor } from '../../model/redaction.ts'
import { splitKey } from '../../model/scope.ts'
import { type Comparison, compareFiles } from '../../pipeline/file-diff/compare-files.ts'
import { type FileChange, fileChanges, type Totals } from '../../pipeline/file-diff/file-changes.ts'
import { openForDiff } from '../../pipeline/file-diff/terraform-state.ts'
import { interruption } from '../terminal/interrupt.ts'
import type { Page } from '../terminal/output.ts'
import { counted } from '../terminal/words.ts'
import { writeDifference } from './diff-output.ts'
import type { FilterFlags } from './filter-flags.ts'

/** Shows what differs between two files. @returns how many changes there were */
export async function diffFiles(from: string, to: string, flags: FilterFlags, page: Page): Promise<number> {
  const signal = interruption()
  // Equal secrets must look equal within this comparison; nobody needs to know them in another.
  const redactor = createRedactor(crypto.getRandomValues(new Uint8Array(32)))
  await using first = await openForDiff(from, redactor, signal)
  await using second = await openForDiff(to, redactor, signal)
  const comparison = await compareFiles(first, second, signal)
  const totals: Totals = { created: 0, updated: 0, deleted: 0, unchanged: 0 }
  const filter = filterOf(flags)
  const changes = filtered(fileChanges(comparison, redactor, totals, signal), filter)
  const count = await writeDifference({ from, to, changes }, page)
  reportComparison(page, comparison, isEmptyFilter(filter) ? totals : null)
  return count
}

const filterOf = ({ provider, account, location, type, scope, name, keyPrefix, tag }: FilterFlags): Filter => ({
  ...{ provider, account, location, type, scope, name },
  key_prefix: keyPrefix,
  tags: tag,
})

async function* filtered(changes: AsyncIterable<FileChange>, filter: Filter): AsyncGenerator<FileChange> {
  for await (const change of changes) {
    const scope = splitKey(change.key)?.scope
    const resource = change.after ?? change.before
    if (scope !== undefined && resource !== null && matches(filter, scope, resource)) yield change
  }
}

function reportComparison(page: Page, { copies, shared, before, after }: Comparison, totals: Totals | null): void {
  if (copies > 0) page.note(`left out: ${counted(copies, 'copy', 'copies')} of resources that stand in the same file`)
  if (totals !== null && page.format === 'table' && totals.created + totals.updated + totals.deleted > 0) {
    const { created, updated, deleted, unchanged } = totals
    page.note(`${updated} updated, ${created} created, ${deleted} deleted, ${unchanged} unchanged`)
  }
  if (shared === 0 && before.index.count > 0 && after.index.count > 0) {
    page.note('the files have no resource in common: were they made by different tools, or from different sources?')
  }
}
