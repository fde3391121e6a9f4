import { Command } from 'commander'
import { nearest } from '../model/nearest.ts'
import { commands } from './commands.ts'
import { addExamples } from './help-examples.ts'
import { addSharedFlags, flagsWithValue } from './shared-flags.ts'

/**
 * The command line. Flags may stand before the command too; then they are moved behind it.
 * @param argv without the executable and the script
 */
export async function createProgram(argv: readonly string[]): Promise<{ program: Command; argv: string[] }> {
  const at = commandIndex(argv)
  const name = argv[at]
  const program = new Command('vaino')
    .description('Watches infrastructure and streams what changed.')
    .version(`vaino ${(await import('./commands/version.ts')).version}`, '-V, --version', 'print the version')
    .showHelpAfterError('(`vaino --help` lists the commands)')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'vaino: ')) })
    // `vaino scopes release S --server U`: the flag is the inner command's, though the outer one has it too.
    .enablePositionalOptions()
    .exitOverride()
  const load =
    name !== undefined && Object.hasOwn(commands, name) && name !== 'completion' ? [name] : Object.keys(commands)
  for (const command of await Promise.all(load.map((each) => commands[each]?.()))) {
    if (command !== undefined) program.addCommand(prepare(command, program))
  }
  addExamples(program, [
    ['up --source terraform:./infra', 'watch the Terraform states below ./infra'],
    ['watch', 'follow what changes'],
    ['list --type aws_instance', 'what is there now'],
    ['scan --source terraform:./infra', 'once, without a server'],
  ])
  if (name === undefined || name.startsWith('-')) return { program, argv: [...argv] }
  const words = wordsFrom(argv, name === 'help' ? at + 1 : at)
  const path = follow(program, words)
  if (name === 'help') return { program, argv: [...path, '--help'] }
  return { program, argv: [name, ...argv.slice(0, at), ...argv.slice(at + 1)] }
}

/** The words from there on, up to the next flag. */
function wordsFrom(argv: readonly string[], at: number): readonly string[] {
  const rest = argv.slice(at)
  const end = rest.findIndex((word) => word.startsWith('-'))
  return end < 0 ? rest : rest.slice(0, end)
}

/**
 * The words that name a command and one below it. What should be one and isn't is refused here: commander would answer
 * `wach --help`, and `help wach`, with the help of everything.
 */
function follow(program: Command, words: readonly string[]): string[] {
  const path: string[] = []
  let command = program
  for (const word of words) {
    if (command.commands.length === 0) break
    const found = command.commands.find((each) => each.name() === word)
    if (found === undefined) refuse(command, word)
    path.push(word)
    command = found
  }
  return path
}

function refuse(command: Command, word: string): never {
  const names = command.commands.map((each) => each.name())
  const meant = nearest(word, names)
  const next = meant === null ? `Expected ${names.join(', ')}` : `Did you mean ${meant}?`
  command.error(`error: unknown command '${word}'\n(${next})`, { code: 'commander.unknownCommand' })
}

/** Shared flags, one way of ending and of reporting errors for a command and its subcommands. */
function prepare(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent)
  command.showHelpAfterError(`(\`vaino ${pathOf(command, parent)} --help\` shows how)`)
  for (const inner of command.commands) prepare(inner, command)
  return command.commands.length === 0 ? addSharedFlags(command, []) : command
}

const pathOf = (command: Command, parent: Command): string =>
  parent.name() === 'vaino' ? command.name() : `${parent.name()} ${command.name()}`

/** Where the command stands behind flags that were given first; 0 where there are none. */
function commandIndex(argv: readonly string[]): number {
  let at = 0
  while (argv[at]?.startsWith('-')) at += flagsWithValue.includes(argv[at] ?? '') ? 2 : 1
  return at < argv.length ? at : 0
}
