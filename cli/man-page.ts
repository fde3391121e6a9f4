import type { Command } from 'commander'
import { version } from './commands/version.ts'
import { createProgram } from './program.ts'

/** Text in roff: nothing in it is a request or an escape. */
const plain = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1')

const bold = (text: string): string => `.B "${plain(text).replaceAll('"', '\\(dq')}"`

/** Paragraphs behind each other, without a break before the first. */
const paragraphs = (texts: readonly string[]): string[] =>
  texts.flatMap((text, at) => [...(at === 0 ? [] : ['.PP']), plain(text)])

/** The manual page of vaino in man(7)'s macros, made from the commands. */
export async function manPage(): Promise<string> {
  const { program } = await createProgram(['--help'])
  const commands = program.commands
    .flatMap((command) => [command, ...command.commands])
    .filter((command) => command.name() !== 'help')
  return `${[
    '.\\" Made from the commands by: UPDATE_DOCS=1 npx bun test cli/reference-page.test.ts',
    `.TH VAINO 1 "" "vaino ${version}" "User Commands"`,
    '.SH NAME',
    'vaino \\- watch infrastructure and stream what changed',
    '.SH SYNOPSIS',
    '.B vaino',
    '.I command',
    '[\\fIoptions\\fR] [\\fIarguments\\fR]',
    '.SH DESCRIPTION',
    ...paragraphs(description),
    '.SH COMMANDS',
    ...commands.flatMap(sectionOf),
    ...after,
  ].join('\n')}\n`
}

const description = [
  'vaino watches Terraform states, AWS, Kubernetes, Google Cloud and any JSON, turns what is there now into what changed, compares it with what was wanted, and serves both: a stream of changes and the current state.',
  'The shared flags, such as --config, --data-dir, --source, --server and -o, are taken by every command, before its name or after it. Each section below shows those that matter to its command.',
  'Data goes to the standard output, everything else to the standard error.',
]

const entry = (term: string, text: string): string[] => ['.TP', bold(term), ...paragraphs([text])]
const after: readonly string[] = [
  '.SH EXIT STATUS',
  ...entry('0', 'Nothing to report.'),
  ...entry('1', 'Changes or drift were found, or there are warnings.'),
  ...entry('2', 'Something went wrong, or not everything could be looked at.'),
  ...entry('130', 'Interrupted.'),
  '.SH ENVIRONMENT',
  ...entry('VAINO_SERVER', 'The running vaino that commands ask, as --server.'),
  ...entry('VAINO_TOKEN', 'The token for it.'),
  ...entry('NO_COLOR', 'No colours, as --no-color.'),
  ...entry('VAINO_...', 'Every setting of the configuration has a variable, such as VAINO_DATA_DIR for data_dir.'),
  '.SH FILES',
  ...entry('vaino.yaml', 'The configuration, in the folder where vaino is started.'),
  ...entry('.vaino', 'State and change log, unless --data-dir or data_dir says otherwise.'),
  '.SH SEE ALSO',
  '.BR terraform (1)',
]

function sectionOf(command: Command): string[] {
  const help = command.createHelp()
  const usage = help.commandUsage(command)
  const described = [...help.visibleArguments(command), ...help.visibleOptions(command)].flatMap((each) =>
    'flags' in each
      ? entry(help.optionTerm(each), help.optionDescription(each))
      : entry(help.argumentTerm(each), help.argumentDescription(each)),
  )
  return [
    `.SS "${plain(usage.replace(/ \[options\].*/, ''))}"`,
    plain(help.commandDescription(command)),
    '.PP',
    bold(usage),
    ...described,
    ...addedTo(command),
  ]
}

/** What is added behind a help: notes, and examples that keep their lines. */
function addedTo(command: Command): string[] {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
    getOutHasColors: () => false,
  })
  command.outputHelp()
  const [notes = '', examples = ''] = text.slice(command.helpInformation().length).split(/^Examples:\n/m)
  const lines = examples.trimEnd().split('\n')
  return [
    ...notes
      .split('\n')
      .filter((line) => line.trim() !== '')
      .flatMap((line) => ['.PP', plain(line.trim())]),
    ...(examples === '' ? [] : ['.PP', '.nf', ...lines.map((line) => plain(line.replace(/^ {2}/, ''))), '.fi']),
  ]
}
