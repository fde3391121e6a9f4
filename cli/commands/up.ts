import { Command } from 'commander'
import { addExamples } from '../help-examples.ts'
import { addSharedFlags } from '../shared-flags.ts'
import type { UpFlags } from './run-up.ts'

export function upCommand(): Command {
  const command = new Command('up')
    .description('Watch the sources, record what changes, and serve it, until Ctrl-C.')
    .option(
      '--example-every <duration>',
      'time between two steps of the example that runs where nothing is named',
      '6s',
    )
    // Loaded late: the engine and the API cost 150 ms, which help needs not wait for.
    .action(async (flags: UpFlags) => (await import('./run-up.ts')).runUp(flags))
  addExamples(command, [
    ['up --source terraform:./infra', 'every Terraform state below ./infra'],
    ['up --source terraform:./infra --listen 127.0.0.1:0', 'on a free port'],
    ['up --config prod.yaml', 'what the file says'],
    ['up', 'vaino.yaml here; in a clone without one, the example'],
  ])
  return addSharedFlags(command, ['configuration', 'collecting', 'serving', 'coloring'])
}
