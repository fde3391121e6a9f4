import { Command } from 'commander'
import { addExamples } from '../help-examples.ts'
import { addSharedFlags } from '../shared-flags.ts'
import type { InitFlags } from './run-init.ts'

export function initCommand(): Command {
  const command = new Command('init')
    .description('Look for what can be watched here, ask, and write vaino.yaml.')
    .option('--yes', 'take what was found without asking; so it is outside a terminal')
    .option('--force', 'replace a vaino.yaml that is there')
    .action(async (flags: InitFlags) => (await import('./run-init.ts')).runInit(flags))
  addExamples(command, [
    ['init', 'asks'],
    ['init --yes', 'takes the Terraform states found below this folder'],
    ['init --source terraform:./infra --listen 127.0.0.1:9000', 'asks nothing about what flags say'],
  ])
  return addSharedFlags(command, ['configuration', 'collecting', 'serving', 'coloring'])
}
