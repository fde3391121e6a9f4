import { Command } from 'commander'
import { addExamples } from '../help-examples.ts'
import { addSharedFlags } from '../shared-flags.ts'
import { goOnWithoutReader } from '../terminal/lost-reader.ts'
import type { ScanFlags } from './run-scan.ts'

export function scanCommand(): Command {
  const command = new Command('scan')
    .description(
      'Read every source once and print what has changed since the last time. Ends with 1 when something has.',
    )
    .option('--first-sight', 'print what is seen for the first time too, which is no change')
    .option('--include-suppressed', 'print what the rules ignore too, and count it')
    .option('-q, --quiet', 'no summary; only changes and failures')
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing has changed, 1 something has, or deletes are held back; 2 error, or a scan failed; a state that is gone counts once.',
    )
    // Loaded late, as for `up`.
    .action(async (flags: ScanFlags) => {
      goOnWithoutReader()
      await (await import('./run-scan.ts')).runScan(flags)
    })
  addExamples(command, [
    ['scan --source terraform:./infra', 'the first time it takes note, then it prints the changes'],
    ['scan --source terraform:./infra -o json', 'for programs'],
    ['scan --quiet --source terraform:./infra --data-dir /var/lib/vaino', 'from cron: mails only what matters'],
  ])
  return addSharedFlags(command, ['configuration', 'collecting', 'showing'])
}
