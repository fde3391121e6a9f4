import type { Command } from 'commander'

/** Shows what a command is for by calls that work: `[call without "vaino", what it does]`. A test parses every one. */
export function addExamples(command: Command, examples: readonly (readonly [call: string, does: string])[]): Command {
  const width = Math.min(62, Math.max(...examples.map(([call]) => call.length)))
  const lines = examples.map(([call, does]) => {
    const fits = call.length <= width
    return fits ? `  $ vaino ${call.padEnd(width)}  ${does}` : `  $ vaino ${call}\n  ${' '.repeat(8 + width)}  ${does}`
  })
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
}
