import { once } from 'node:events'
import { Command } from 'commander'
import { createReader } from '../storage/snapshots/resource-reader.ts'
import { snapshotText } from '../storage/snapshots/snapshot-text.ts'
import { gathered, writeWhole } from '../storage/snapshots/whole-file.ts'
import { bodyOf } from './elements.ts'
import { addExamples } from './examples.ts'
import { addFilterFlags, type FilterFlags, filterQuery } from './filter-flags.ts'
import { interruption } from './interrupt.ts'
import { type Server, serverOf } from './server.ts'
import { addSharedFlags, oneOf, type SharedFlags } from './shared-flags.ts'
import { sourceFrom } from './snapshot-source.ts'

type ExportFlags = SharedFlags & FilterFlags & { to?: string; as: 'json' | 'ndjson' }

export function exportCommand(): Command {
  const command = addFilterFlags(new Command('export'))
    .description('Write what a running vaino knows now to a file or to stdout.')
    .option('--to <file>', 'a file, which is replaced when the new one is whole; stdout without it')
    .addOption(
      oneOf('--as <format>', "json as VAINO's files, or ndjson as /v1/snapshot answers", ['json', 'ndjson']).default(
        'json',
      ),
    )
    .action(async (flags: ExportFlags) => {
      const signal = interruption()
      const pieces = piecesOf(await serverOf(flags), flags, signal)
      if (flags.to === undefined) await print(gathered(pieces, signal))
      else await writeWhole(flags.to, pieces, 0o666, signal)
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

function piecesOf(server: Server, flags: ExportFlags, signal: AbortSignal): AsyncIterable<string | Uint8Array> {
  const query = filterQuery(flags)
  if (flags.as === 'ndjson') return checkedLines(server, query, signal)
  const { origin, resources } = sourceFrom(server, query, signal)
  return snapshotText(`vaino-${origin.takenAt.toISOString()}`, origin, resources)
}

/** The server's answer as it comes, with an error at its end when it was cut off. */
async function* checkedLines(
  server: Server,
  query: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const name = `${server.url}/v1/snapshot`
  const reader = createReader('lines', name, null)
  for await (const chunk of bodyOf(await server.request('/v1/snapshot', { query, signal }), name, signal)) {
    reader.push(chunk)
    yield chunk
  }
  reader.end()
}
