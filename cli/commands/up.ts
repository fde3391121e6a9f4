import { Command } from 'commander'
import { addExamples } from '../help-examples.ts'
import { addSharedFlags } from '../shared-flags.ts'
import { goOnWithoutReader } from '../terminal/lost-reader.ts'
import type { UpFlags } from './run-up.ts'

export function upCommand(): Command {
  const command = new Command('up')
    .description('Watch the sources, record what changes, and serve it, until Ctrl-C.')
    .option('--example', 'where no source is named: replay the example, in a data directory of its own')
    .option('--example-every <duration>', 'time between two steps of the example', '6s')
    .option('-v, --verbose', 'more log (log_level: debug); twice: trace', (_, before: number) => before + 1, 0)
    // Loaded late: the engine and the API cost 150 ms, which help needs not wait for.
    .action(async (flags: UpFlags) => {
      goOnWithoutReader()
      await (await import('./run-up.ts')).runUp(flags)
    })
    .addHelpText(
      'after',
      '\nOutside a terminal stderr has a JSON object a line (`log_format: text` in vaino.yaml changes that), and beside them, beginning with `vaino: `, the line `vaino: listening on URL` when it is ready, and the error that it ends with.',
    )
  addExamples(command, [
    ['up --source terraform:./infra', 'every Terraform state below ./infra'],
    ['up --source terraform:./infra --listen 127.0.0.1:0', 'on a free port'],
    ['up --config prod.yaml', 'what the file says'],
    ['up', 'what vaino.yaml here says; without one, it serves what is sent to it'],
    ['up --example', 'an estate that ships with vaino and changes every few seconds'],
  ])
  return addSharedFlags(command, ['configuration', 'collecting', 'serving', 'coloring'])
}
