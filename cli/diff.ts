import { randomBytes } from 'node:crypto'
import { Command } from 'commander'
import { VainoError } from '../model/errors.ts'
import { type Filter, matches } from '../model/filter.ts'
import { createRedactor } from '../model/redaction.ts'
import { splitKey } from '../model/scope.ts'
import { compareFiles, missing } from '../pipeline/file-diff/compare-files.ts'
import { type FileChange, fileChanges, type Totals } from '../pipeline/file-diff/file-changes.ts'
import { openForDiff } from '../pipeline/file-diff/terraform-state.ts'
import type { StoreOptions } from '../storage/snapshots/snapshot-store.ts'
import { writeDifference } from './diff-output.ts'
import { sideOf } from './diff-sides.ts'
import { elementsOf } from './elements.ts'
import { addExamples } from './examples.ts'
import { addFilterFlags, type FilterFlags, filterQuery } from './filter-flags.ts'
import { interruption } from './interrupt.ts'
import type { Page } from './output.ts'
import { pageOf } from './page.ts'
import { serverOf } from './server.ts'
import { addSharedFlags, type SharedFlags } from './shared-flags.ts'
import { storeOf } from './snapshot-store.ts'

export function diffCommand(): Command {
  const command = addFilterFlags(new Command('diff'))
    .description('Show what differs between two snapshot files, or between two points of a running vaino.')
    .argument(
      '<from>',
      'a file (snapshot, NDJSON of /v1/snapshot, Terraform state), a stored snapshot, a time or a cursor',
    )
    .argument('[to]', 'the same; for a time or a cursor, now without it')
    .action(async (from: string, to: string | undefined, flags: SharedFlags & FilterFlags) => {
      const count = await diff(from, to, flags)
      if (count > 0) process.exitCode = 1
    })
    .addHelpText('after', '\nExit codes: 0 nothing differs, 1 something does, 2 error.')
  addExamples(command, [
    ['diff before.json after.json', 'two snapshot files'],
    ['diff old.tfstate new.tfstate -o markdown', 'two Terraform states, for a pull request'],
    ['diff 2026-11-23T06:00:00Z 2026-11-23T18:00:00Z', "a day's work, asked from a server"],
  ])
  return addSharedFlags(command, ['asking', 'showing'])
}

async function diff(from: string, to: string | undefined, flags: SharedFlags & FilterFlags): Promise<number> {
  let opened: Promise<StoreOptions> | undefined
  const store = () => {
    opened ??= storeOf(flags)
    return opened
  }
  const first = await sideOf(from, store)
  const second = to === undefined ? null : await sideOf(to, store)
  const page = pageOf(flags)
  if (first.kind === 'point' && (second === null || second.kind === 'point')) {
    return diffPoints(first.point, second?.point, flags, page)
  }
  if (first.kind === 'file' && second?.kind === 'file') return diffFiles(first.path, second.path, flags, page)
  throw new VainoError('bad_request', 'Both sides must be files, or both times or cursors', {
    hint: 'To compare a server with a file, save it first: `vaino snapshot export --to now.json`.',
  })
}

async function diffFiles(from: string, to: string, flags: FilterFlags, page: Page): Promise<number> {
  const signal = interruption()
  // Equal secrets must look equal within this comparison; nobody needs to know them in another.
  const redactor = createRedactor(randomBytes(32))
  await using first = await openForDiff(from, redactor, signal)
  await using second = await openForDiff(to, redactor, signal)
  const comparison = await compareFiles(first, second, signal)
  const totals: Totals = { created: 0, updated: 0, deleted: 0, unchanged: 0 }
  const changes = filtered(fileChanges(comparison, redactor, totals), flags, signal)
  const count = await writeDifference({ from, to, changes }, page)
  tell(page, comparison.copies, comparison.fate, totals)
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

function tell(page: Page, copies: number, fate: Uint8Array, totals: Totals): void {
  if (copies > 0) page.note(`${copies} resources stand more than once in a file, unchanged; each counts once`)
  const { created, updated, deleted, unchanged } = totals
  if (page.format === 'table' && created + updated + deleted > 0) {
    page.note(`${updated} updated, ${created} created, ${deleted} deleted, ${unchanged} unchanged`)
  }
  if (created > 0 && fate.length > 0 && fate.every((end) => end === missing)) {
    page.note('the files have no resource in common: were they made by different tools, or from different sources?')
  }
}

async function diffPoints(from: string, to: string | undefined, flags: SharedFlags & FilterFlags, page: Page) {
  const signal = interruption()
  const server = await serverOf(flags)
  const query = { from, to: to === 'now' ? undefined : to, ...filterQuery(flags) }
  const response = await server.request('/v1/diff', { query, signal })
  const changes = elementsOf<FileChange>(response, 'changes', `${server.url}/v1/diff`, signal)
  return writeDifference({ from, to: to ?? 'now', changes }, page)
}
