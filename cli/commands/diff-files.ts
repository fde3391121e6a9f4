import { existsSync } from 'node:fs'
import { type Filter, isEmptyFilter, matches } from '../../model/filter.ts'
import { createRedactor } from '../../model/redaction.ts'
import { splitKey } from '../../model/scope.ts'
import { type Comparison, compareFiles } from '../../pipeline/file-diff/compare-files.ts'
import { type FileChange, fileChanges, type Totals } from '../../pipeline/file-diff/file-changes.ts'
import { openForDiff } from '../../pipeline/file-diff/terraform-state.ts'
import type { SnapshotFile } from '../../storage/snapshots/snapshot-file.ts'
import { readRulesOf } from '../rules.ts'
import { serverOf } from '../server.ts'
import type { SharedFlags } from '../shared-flags.ts'
import { interruption } from '../terminal/interrupt.ts'
import type { Page } from '../terminal/output.ts'
import { counted } from '../terminal/words.ts'
import { readConfig } from './config.ts'
import { openLive, refuseState } from './diff-live.ts'
import { writeDifference } from './diff-output.ts'
import type { Side } from './diff-sides.ts'
import type { FilterFlags } from './filter-flags.ts'

/**
 * Shows what differs between two sides: files, or a file and a running vaino.
 * @returns how many changes there were
 */
export async function diffFiles(from: Side, to: Side, flags: SharedFlags & FilterFlags, page: Page): Promise<number> {
  const signal = interruption()
  await compareAsConfigured(flags)
  // Equal secrets must look equal within this comparison; nobody needs to know them in another.
  const redactor = createRedactor(crypto.getRandomValues(new Uint8Array(32)))
  await using opening = new AsyncDisposableStack()
  const open = async (side: Side): Promise<SnapshotFile> => {
    if (side.kind === 'file') return opening.use(await openForDiff(side.path, redactor, signal))
    return opening.use(await openLive(await serverOf(flags), side.point, signal))
  }
  if (from.kind === 'point') await refuseState(to)
  if (to.kind === 'point') await refuseState(from)
  const first = await open(from)
  const second = await open(to)
  const comparison = await compareFiles(first, second, signal)
  const totals: Totals = { created: 0, updated: 0, deleted: 0, unchanged: 0 }
  const filter = filterOf(flags)
  const changes = filtered(fileChanges(comparison, redactor, totals, signal), filter)
  const count = await writeDifference({ from: nameOf(from), to: nameOf(to), changes }, page)
  reportComparison(page, comparison, isEmptyFilter(filter) ? totals : null)
  return count
}

/** Where a configuration or rules are, what they say of types holds; a comparison without them doesn't load what reads them. */
async function compareAsConfigured(flags: SharedFlags): Promise<void> {
  const names = ['vaino.yaml', 'vaino.yml', 'rules.yaml']
  const variables = ['VAINO_CONFIG', 'VAINO_COMPARE', 'VAINO_RULES']
  const isConfigured = flags.config !== undefined || variables.some((name) => process.env[name] !== undefined)
  if (isConfigured || names.some((name) => existsSync(name))) await readRulesOf(await readConfig(flags))
}

const nameOf = (side: Side): string => (side.kind === 'file' ? side.path : side.point)

const filterOf = ({ provider, account, location, type, scope, name, query, keyPrefix, tag }: FilterFlags): Filter => ({
  ...{ provider, account, location, type, scope, name },
  q: query,
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
