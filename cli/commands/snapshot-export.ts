import { once } from 'node:events'
import { Command } from 'commander'
import { type ExportFormat, exportPieces, exportTo } from '../../pipeline/snapshots/live-snapshot.ts'
import { addExamples } from '../help-examples.ts'
import { serverOf } from '../server.ts'
import { addSharedFlags, type SharedFlags, WordOption } from '../shared-flags.ts'
import { interruption } from '../terminal/interrupt.ts'
import { addFilterFlags, type FilterFlags, filterQuery } from './filter-flags.ts'
import { collectorVersion, liveSnapshot } from './snapshot-source.ts'

type ExportFlags = SharedFlags & FilterFlags & { to?: string; as: ExportFormat }

export function exportCommand(): Command {
  const command = addFilterFlags(new Command('export'))
    .description('Write what a running vaino knows now to a file or to stdout.')
    .option('--to <file>', 'a file, which is replaced when the new one is whole; stdout without it')
    .addOption(
      new WordOption('--as <format>', "json as VAINO's files, or ndjson as /v1/snapshot answers", [
        'json',
        'ndjson',
      ]).default('json'),
    )
    .action(async (flags: ExportFlags) => {
      const signal = interruption()
      const live = liveSnapshot(await serverOf(flags), filterQuery(flags), signal)
      const pieces = exportPieces(live, collectorVersion, flags.as)
      if (flags.to === undefined) await print(pieces)
      else await exportTo(flags.to, pieces, signal)
    })
  addExamples(command, [
    ['snapshot export --to now.json', 'a file that `vaino diff` and VAINO read'],
    ['snapshot export --as ndjson --provider aws | jq .key', 'a line for each resource'],
  ])
  return addSharedFlags(command, ['asking'])
}

async function print(pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of pieces) if (!process.stdout.write(piece)) await once(process.stdout, 'drain')
}
