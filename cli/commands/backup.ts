import { Command, InvalidArgumentError } from 'commander'
import type { TakenBackup } from '../../pipeline/backup/take-backup.ts'
import { formatSize } from '../../pipeline/config/units.ts'
import { addExamples } from '../help-examples.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { interruption } from '../terminal/interrupt.ts'
import { writeOne } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { counted } from '../terminal/words.ts'
import { readConfig } from './config.ts'
import { version } from './version.ts'

type BackupFlags = SharedFlags & { readonly keep?: number }

export function backupCommand(): Command {
  const command = new Command('backup')
    .description(
      'Back up the data directory into a folder, also while a vaino runs on it. What the backup before has is not written again.',
    )
    .argument('<folder>', 'folder of backups, made where there is none')
    .option('--keep <n>', 'remove all but the newest n backups, this one included', wholeFromOne)
    .action(async (folder: string, { keep, ...flags }: BackupFlags) => {
      const { config } = await readConfig(flags)
      const { takeBackup } = await import('../../pipeline/backup/take-backup.ts')
      const options = { dataDir: config.data_dir, to: folder, version, signal: interruption() }
      const taken = await takeBackup(keep === undefined ? options : { ...options, keep })
      await writeOne(taken, () => `${textOf(taken)}\n`, pageOf(flags))
    })
    .addHelpText(
      'after',
      '\nThe folder holds what the data directory holds, its key for redaction too: keep it as private.',
    )
  addExamples(command, [
    ['backup /var/backups/vaino', 'what the data directory here holds now'],
    ['backup /var/backups/vaino --keep 14', 'in cron, each night'],
    ['restore /var/backups/vaino --data-dir ./restored', 'and back'],
  ])
  return addSharedFlags(command, ['configuration', 'showing'])
}

const textOf = ({ id, bytes, added_bytes, removed }: TakenBackup): string =>
  `${id}: ${formatSize(bytes)}, of which ${formatSize(added_bytes)} were added${removed === 0 ? '' : `; ${counted(removed, 'older one was', 'older ones were')} removed`}`

function wholeFromOne(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected a whole number from 1.')
}
