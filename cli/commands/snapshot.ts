import { Command } from 'commander'
import { splitScope } from '../../model/scope.ts'
import type { ScopeStatus } from '../../model/status.ts'
import { formatSize } from '../../pipeline/config/units.ts'
import { sourceOf } from '../../pipeline/snapshots/live-snapshot.ts'
import {
  listSnapshots,
  type SavedSnapshot,
  type StoredSnapshot,
  saveSnapshots,
} from '../../pipeline/snapshots/store.ts'
import { addExamples } from '../help-examples.ts'
import { type Server, serverOf } from '../server.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { interruption } from '../terminal/interrupt.ts'
import { type View, writeList } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { pagesOf } from '../terminal/pages.ts'
import { toSecond } from '../terminal/words.ts'
import { addFilterFlags, type FilterFlags, filterQuery } from './filter-flags.ts'
import { exportCommand } from './snapshot-export.ts'
import { importCommand } from './snapshot-import.ts'
import { collectorVersion, liveSnapshot } from './snapshot-source.ts'
import { storeOf } from './snapshot-store.ts'

const savedView: View<SavedSnapshot> = {
  columns: [
    { title: 'SAVED', of: ({ path }) => path },
    { title: 'RESOURCES', of: ({ resources }) => String(resources), align: 'right' },
    { title: 'SIZE', of: ({ bytes }) => formatSize(bytes), align: 'right' },
  ],
  empty: 'nothing is there that these filters let through',
}

const listView: View<StoredSnapshot> = {
  columns: [
    { title: 'NAME', of: ({ name }) => name },
    { title: 'TAKEN', of: ({ taken_at }) => toSecond(taken_at) },
    { title: 'PROVIDER', of: (entry) => (entry.problem === null ? (entry.provider ?? '') : '') },
    { title: 'RESOURCES', of: (entry) => (entry.problem === null ? String(entry.resources) : ''), align: 'right' },
    { title: 'SIZE', of: ({ bytes }) => formatSize(bytes), align: 'right' },
    { title: '', of: ({ problem }) => (problem === null ? '' : `unreadable: ${problem}`) },
  ],
  empty: 'no snapshots yet: `vaino snapshot save` takes one',
}

export function snapshotCommand(): Command {
  const command = new Command('snapshot')
    .description('Keep the state of things in files, in the JSON that VAINO used.')
    .addCommand(saveCommand())
    .addCommand(listCommand())
    .addCommand(exportCommand())
    .addCommand(importCommand())
  return addExamples(command, [
    ['snapshot save', 'keep what a running vaino knows now'],
    ['snapshot list', 'what is kept'],
    ['snapshot export --to now.json', 'a file to take along'],
    ['snapshot import old.json', "bring VAINO's files into a running vaino"],
  ])
}

function saveCommand(): Command {
  const command = addFilterFlags(new Command('save'))
    .description('Save what a running vaino knows now as a new file of the store (storage.base_dir).')
    .option('--per-provider', 'one file for each provider')
    .action(async (flags: SharedFlags & FilterFlags & { perProvider?: boolean }) => {
      const signal = interruption()
      const store = await storeOf(flags)
      const server = await serverOf(flags)
      const query = filterQuery(flags)
      const queries = flags.perProvider
        ? (await providersOf(server, flags.provider)).map((provider) => ({ ...query, provider }))
        : [query]
      const sources = queries.map((each) => sourceOf(liveSnapshot(server, each, signal), collectorVersion))
      await writeList(await saveSnapshots(store, sources, signal), savedView, pageOf(flags))
    })
  addExamples(command, [
    ['snapshot save', 'everything, one file'],
    ['snapshot save --per-provider', 'as VAINO kept them'],
    ['snapshot save --type aws_instance', 'a part'],
  ])
  return addSharedFlags(command, ['configuration', 'asking', 'showing'])
}

async function providersOf(server: Server, only: string | undefined): Promise<string[]> {
  const providers = new Set<string>()
  for await (const { scope } of pagesOf<ScopeStatus>(server, '/v1/scopes', 'scopes', {}))
    providers.add(splitScope(scope).provider)
  return [...providers].filter((provider) => only === undefined || provider === only).sort()
}

function listCommand(): Command {
  const command = new Command('list')
    .description('List the snapshots of the store, the newest first, and those that cannot be read.')
    .action(async (flags: SharedFlags) => {
      const found = await listSnapshots(await storeOf(flags), interruption())
      await writeList(found, listView, pageOf(flags))
    })
  addExamples(command, [
    ['snapshot list', 'for people'],
    ['snapshot list -o json', 'for programs'],
  ])
  return addSharedFlags(command, ['configuration', 'showing'])
}
