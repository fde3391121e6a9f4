import { Command } from 'commander'
import { addExamples } from '../help-examples.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'

export function alertsCommand(): Command {
  const test = new Command('test')
    .description('Send a test message to each sink of alerts, or to one, and say what came back.')
    .argument('[sink]', 'the name of a sink; absent: each')
    .action(async (name: string | undefined, flags: SharedFlags) => {
      // Loaded late: the sinks need zod, and help does not.
      await (await import('./alerts-test.ts')).testSinks(name, flags)
    })
  addExamples(addSharedFlags(test, ['configuration', 'showing']), [
    ['alerts test', 'every sink of vaino.yaml here'],
    ['alerts test pager', 'one of them'],
  ])
  const command = new Command('alerts').description('Try where alerts go.').addCommand(test)
  return addExamples(command, [['alerts test', 'does every sink take a message?']])
}
