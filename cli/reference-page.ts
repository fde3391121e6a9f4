import type { Command } from 'commander'
import { createProgram } from './program.ts'

const intro = `<!-- Made from the commands by: UPDATE_DOCS=1 npx bun test cli/reference-page.test.ts -->
# Commands

\`./vaino\` at the root of a clone, \`vaino\` where it is installed. A clone installs what is missing at the first call; Node 20 and npm are
all it needs.

- **Data** goes to stdout, everything else to stderr. \`-o\` says in which format: \`table\` for people, \`json\`, \`ndjson\` (an object a line),
  \`yaml\`, \`markdown\`.
- **Exit codes**: 0 nothing to report, 1 changes were found (\`scan\`, \`diff\`) or there are warnings (\`doctor\`), 2 something went wrong, 130 interrupted. \`vaino up\` that is told to stop
  (SIGTERM) ends with 0.
- **Colours** and progress are for terminals; \`--no-color\` and \`NO_COLOR\` turn colours off.
- The shared flags (\`--config\`, \`--data-dir\`, \`--source\`, \`--interval\`, \`--listen\`, \`--transport\`, \`--brokers\`, \`--topic-prefix\`, \`--roles\`,
  \`--server\`, \`-o\`, \`--no-color\`) are taken by every command, before its name or after it, whether it needs them or not. Each help shows those that matter.
- The commands that ask a running vaino find it by \`--server\`, by \`VAINO_SERVER\`, or where the configuration in this folder listens. A token for it
  stands in \`VAINO_TOKEN\`.

What the configuration takes is in [configuration.md](configuration.md).
`

/** The width that the helps on the page are made for. */
const columns = 100

/** The text of docs/cli.md, made from the helps of the commands. */
export async function referencePage(): Promise<string> {
  const { program } = await createProgram(['--help'])
  const sections = program.commands
    .flatMap((command) => [command, ...command.commands])
    .filter((command) => command.name() !== 'help')
    .map((command) => `## ${nameOf(command)}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`)
  return [intro, ...sections].join('\n')
}

const nameOf = (command: Command): string => {
  const parent = command.parent?.name()
  return `vaino ${parent === undefined || parent === 'vaino' ? '' : `${parent} `}${command.name()}`
}

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
    getOutHelpWidth: () => columns,
    getOutHasColors: () => false,
  })
  command.outputHelp()
  return text.trim()
}
