import { Command } from 'commander'
import type { Item } from '../../model/change.ts'
import { nearest } from '../../model/nearest.ts'
import { addExamples } from '../help-examples.ts'
import { type Server, serverOf } from '../server.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { labelText } from '../terminal/label.ts'
import { type View, writeList } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { pagesOf } from '../terminal/pages.ts'
import { toSecond } from '../terminal/words.ts'
import { noteAsOf } from './as-of-note.ts'
import { addFilterFlags, type FilterFlags, filterQuery, positive } from './filter-flags.ts'
import { scopesOf } from './server-keys.ts'

const view: View<Item> = {
  columns: [
    { title: 'TYPE', of: ({ resource }) => resource.type },
    { title: 'NAME', of: ({ resource }) => resource.name ?? '' },
    { title: 'VERSION', of: ({ version }) => String(version), align: 'right' },
    { title: 'CHANGED', of: ({ changed_at }) => toSecond(changed_at) },
    { title: 'RESOURCE', of: ({ key }) => labelText(key), isWhole: true },
  ],
  empty: 'nothing is there that these filters let through',
}

/** Why a scope shows nothing: it is unknown, or it is known and has nothing that the filters let through. */
async function scopeRemark(scope: string, server: Server): Promise<string> {
  const names: readonly string[] = await scopesOf(server)
  if (names.includes(scope)) return `the scope ${scope} is known`
  const meant = nearest(scope, names)
  return `there is no scope ${scope}${meant === null ? '; `vaino scopes` lists them' : `; did you mean ${meant}?`}`
}

export function listCommand(): Command {
  const command = addFilterFlags(new Command('list'))
    .description('List the resources that a running vaino knows.')
    .option('--at <time|cursor>', 'as it was then; now without it')
    .option('--limit <n>', 'maximum number of entries', positive)
    .action(async (flags: SharedFlags & FilterFlags & { at?: string; limit?: number }) => {
      const server = await serverOf(flags)
      const query = { ...filterQuery(flags), at: flags.at }
      const page = pageOf(flags)
      const count = await writeList(pagesOf<Item>(server, '/v1/resources', 'resources', query, flags.limit), view, page)
      await noteAsOf(flags.at, server.asOf, page)
      if (count === 0 && flags.scope !== undefined) page.note(await scopeRemark(flags.scope, server))
    })
  addExamples(command, [
    ['list', 'everything'],
    ['list --type aws_instance --tag team=web', 'some'],
    ['list --at 2026-11-23T12:00:00Z -o json', 'as it was'],
  ])
  return addSharedFlags(command, ['asking', 'showing'])
}
