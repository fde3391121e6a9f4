import { Command } from 'commander'
import { VainoError } from '../../model/errors.ts'
import type { StoreOptions } from '../../pipeline/snapshots/store.ts'
import { addExamples } from '../help-examples.ts'
import { serverOf } from '../server.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { goOnWithoutReader } from '../terminal/lost-reader.ts'
import { pageOf } from '../terminal/page.ts'
import { sideOf } from './diff-sides.ts'
import { addFilterFlags, type FilterFlags } from './filter-flags.ts'
import { storeOf } from './snapshot-store.ts'

export function diffCommand(): Command {
  const command = addFilterFlags(new Command('diff'))
    .description('Show what differs between two snapshot files, two points of a running vaino, or a file and a point.')
    .argument(
      '<from>',
      'a file (snapshot, NDJSON of /v1/snapshot, Terraform state), a stored snapshot, a baseline, a time or a cursor',
    )
    .argument('[to]', 'the same; for a time or a cursor, now without it')
    .action(async (from: string, to: string | undefined, flags: SharedFlags & FilterFlags) => {
      goOnWithoutReader()
      const count = await diff(from, to, flags)
      if (count > 0) process.exitCode = 1
    })
    .addHelpText('after', '\nExit codes: 0 nothing differs, 1 something does, 2 error.')
  addExamples(command, [
    ['diff before.json after.json', 'two snapshot files'],
    ['diff old.tfstate new.tfstate -o markdown', 'two Terraform states, for a pull request'],
    ['diff 2h now', 'what changed within two hours, asked from a server'],
    ['diff 2026-11-23 2026-11-24', 'a day, from midnight to midnight UTC'],
    ['diff saved.json now', 'a snapshot file against a running vaino'],
    ['diff before-migration now', 'what has changed since a baseline was saved'],
  ])
  return addSharedFlags(command, ['asking', 'showing'])
}

async function diff(from: string, to: string | undefined, flags: SharedFlags & FilterFlags): Promise<number> {
  let opened: Promise<StoreOptions> | undefined
  const store = () => {
    opened ??= storeOf(flags)
    return opened
  }
  const server = () => serverOf(flags)
  const first = await sideOf(from, store, server)
  const second = to === undefined ? null : await sideOf(to, store, server)
  const page = pageOf(flags)
  // Each loaded when it is meant: comparing two small files is mostly starting.
  if (first.kind === 'point' && (second === null || second.kind === 'point')) {
    const { diffPoints } = await import('./diff-points.ts')
    return diffPoints(first.point, second?.point, flags, page)
  }
  if (second !== null) {
    const { diffFiles } = await import('./diff-files.ts')
    return diffFiles(first, second, flags, page)
  }
  throw new VainoError('bad_request', `${from} is a file, and nothing is named to compare it with`, {
    hint: 'Name a second file, or a time: `vaino diff FILE now` compares it with a running vaino.',
  })
}
