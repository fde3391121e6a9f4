import { Command } from 'commander'
import { VainoError } from '../../model/errors.ts'
import type { ListedBackup } from '../../pipeline/backup/restore-backup.ts'
import { formatSize } from '../../pipeline/config/units.ts'
import { addExamples } from '../help-examples.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { interruption } from '../terminal/interrupt.ts'
import { type View, writeList, writeOne } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { toSecond } from '../terminal/words.ts'
import { readConfig } from './config.ts'

type RestoreFlags = SharedFlags & {
  readonly list?: boolean
  readonly check?: boolean
  readonly id?: string
  readonly sameLog?: boolean
}

const view: View<ListedBackup> = {
  columns: [
    { title: 'ID', of: ({ id }) => id },
    { title: 'TAKEN', of: ({ taken_at }) => toSecond(taken_at) },
    { title: 'DATA', of: ({ bytes }) => formatSize(bytes), align: 'right' },
    { title: 'ADDED', of: ({ added_bytes }) => formatSize(added_bytes), align: 'right' },
    { title: 'BY', of: ({ version }) => `vaino ${version}` },
  ],
  empty: 'there is no backup that is whole',
}

export function restoreCommand(): Command {
  const command = new Command('restore')
    .description('Make a data directory of a backup. The directory must be empty, or not there yet.')
    .argument('<folder>', 'folder of backups')
    .option('--id <id>', 'which backup (default: the newest)')
    .option('--list', 'show the backups of the folder, and restore nothing')
    .option('--check', 'read the whole backup, compare it with what was backed up, and restore nothing')
    .option('--same-log', 'cursors stay good: only where nothing was recorded after the backup')
    .action(async (folder: string, { list, check, id, sameLog, ...flags }: RestoreFlags) => {
      const { checkBackup, listBackups, restoreBackup } = await import('../../pipeline/backup/restore-backup.ts')
      const page = pageOf(flags)
      if (list && check)
        throw new VainoError('bad_request', '--list and --check are two things', { hint: 'Give one of them.' })
      if (list) {
        await writeList(listBackups(folder), view, page)
        return
      }
      const options = { from: folder, signal: interruption(), ...(id === undefined ? {} : { id }) }
      if (check) {
        const whole = await checkBackup(options)
        await writeOne(whole, () => `${whole.id} is whole: ${formatSize(whole.bytes)}\n`, page)
        return
      }
      const { config } = await readConfig(flags)
      const target = { dataDir: config.data_dir, isSameLog: sameLog === true }
      const restored = await restoreBackup(options, target)
      const cursors = target.isSameLog
        ? 'Cursors stay good.'
        : 'Cursors from before are refused: clients take a new snapshot.'
      await writeOne(
        { ...restored, data_dir: target.dataDir, same_log: target.isSameLog },
        () => `${target.dataDir} is as of ${toSecond(restored.taken_at)} (${restored.id}). ${cursors}\n`,
        page,
      )
    })
  addExamples(command, [
    ['restore /var/backups/vaino --list', 'what there is'],
    ['restore /var/backups/vaino --check', 'is the newest whole?'],
    ['restore /var/backups/vaino --data-dir ./restored', 'then: vaino up --data-dir ./restored'],
  ])
  return addSharedFlags(command, ['configuration', 'showing'])
}
