import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { importRecords } from '../../pipeline/snapshots/import-file.ts'
import { findSnapshot } from '../../pipeline/snapshots/store.ts'
import { addExamples } from '../help-examples.ts'
import { type Server, serverOf } from '../server.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { interruption } from '../terminal/interrupt.ts'
import { type View, writeList } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { type IngestTotals, ingestRecords } from './ingest.ts'
import { storeOf } from './snapshot-store.ts'

type ImportFlags = SharedFlags & { complete?: boolean }
type Imported = IngestTotals & { readonly file: string }

const view: View<Imported> = {
  columns: [
    { title: 'FILE', of: ({ file }) => file },
    { title: 'RECORDS', of: ({ records }) => String(records), align: 'right' },
    { title: 'CHANGES', of: ({ changes }) => String(changes), align: 'right' },
    { title: 'DEAD LETTERS', of: ({ dead_letters }) => String(dead_letters), align: 'right' },
  ],
  empty: 'no files',
}

export function importCommand(): Command {
  const command = new Command('import')
    .description('Send the resources of snapshot files to a running vaino, file after file.')
    .argument('<file...>', 'files of VAINO or of `vaino snapshot`, the oldest first, or names that `list` shows')
    .option('--complete', 'each file holds all of its scopes: what one lacks is deleted (without: nothing is)')
    .action(async (files: string[], flags: ImportFlags) => {
      const page = pageOf(flags)
      const signal = interruption()
      const server = await serverOf(flags)
      await writeList(importAll(server, files, flags, signal), view, page)
    })
  addExamples(command, [
    ['snapshot import old.json', "add and update what VAINO's file holds"],
    ['snapshot import monday.json tuesday.json --complete', 'two days of history, with what was deleted between'],
  ])
  return addSharedFlags(command, ['configuration', 'asking', 'showing'])
}

async function* importAll(
  server: Server,
  files: readonly string[],
  flags: ImportFlags,
  signal: AbortSignal,
): AsyncGenerator<Imported> {
  for (const named of files) {
    const file = existsSync(named) ? named : ((await findSnapshot(await storeOf(flags), named)) ?? named)
    const records = importRecords(file, flags.complete === true, signal)
    yield { file, ...(await ingestRecords(server, records, null, signal)) }
  }
}
