import { Command, InvalidArgumentError, Option } from 'commander'
import { nearest } from '../../model/nearest.ts'
import { addExamples } from '../help-examples.ts'
import { addSharedFlags, WordOption } from '../shared-flags.ts'
import { goOnWithoutReader } from '../terminal/lost-reader.ts'
import { type DriftFlags, driftFormats, driftStatuses } from './drift-flags.ts'

export function driftCommand(): Command {
  const command = new Command('drift')
    .description(
      'Compare what Terraform states say, or what was applied to objects of Kubernetes, with what is really there.',
    )
    .addOption(
      new Option(
        '--status <status,...>',
        `only these: ${driftStatuses.join(', ')} (default: all but in_sync)`,
      ).argParser(statusesIn),
    )
    .option('--state <text>', 'only states whose path holds this text; with --against, only scopes whose name does')
    .option(
      '--against <baseline>',
      'instead of with states, compare what a running vaino knows with what there was at this baseline',
    )
    .addOption(new WordOption('-o, --output <format>', `${driftFormats.join(', ')} (default: table)`, driftFormats))
    .addHelpText(
      'after',
      '\nExit codes: 0 everything is as it should be, 1 something is not, 2 nothing is known to have drifted but not all could be read, or an error.',
    )
    // Loaded late, as for `up`.
    .action(async (flags: DriftFlags) => {
      goOnWithoutReader()
      await (await import('./run-drift.ts')).runDrift(flags)
    })
  addExamples(command, [
    [
      'drift --source terraform:./infra --live',
      'reads the states and, through the providers on this disk, the real things',
    ],
    ['drift --source terraform:./infra --live -o markdown', 'for a pull request or a ticket'],
    [
      'drift --source terraform:./infra --source aws:',
      'what AWS has and no state, and what a state has and AWS not; no provider is run',
    ],
    [
      'drift --source kubernetes:prod',
      'what is otherwise in a cluster than `kubectl apply` left it; no state is needed',
    ],
    ['drift --server http://127.0.0.1:8420', 'what a running vaino knows; nothing is read'],
    ['drift --source terraform:./infra --live --state prod --status missing', 'one state, and only what is missing'],
    ['drift --against before-migration', 'what has become of everything since `vaino baseline save before-migration`'],
  ])
  return addSharedFlags(command, ['configuration', 'collecting', 'asking', 'coloring'])
}

function statusesIn(text: string): string[] {
  const given = text.split(',').map((part) => part.trim())
  for (const one of given) {
    if (driftStatuses.includes(one)) continue
    const meant = nearest(one, driftStatuses)
    throw new InvalidArgumentError(
      `Expected ${driftStatuses.join(', ')}.${meant === null ? '' : ` Did you mean ${meant}?`}`,
    )
  }
  return given
}
