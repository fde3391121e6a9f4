import { Argument, Command } from 'commander'
import { bashCompletion } from '../completion/bash.ts'
import { fishCompletion } from '../completion/fish.ts'
import { offeredBy } from '../completion/offered.ts'
import { zshCompletion } from '../completion/zsh.ts'
import { addExamples } from '../help-examples.ts'
import { addSharedFlags } from '../shared-flags.ts'

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }

export function completionCommand(): Command {
  const command = new Command('completion')
    .description('Print a script that completes commands and flags in a shell.')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(Object.keys(scripts)))
    .action((shell: keyof typeof scripts) => {
      // The program above it holds every command: `createProgram` loads all of them for this one.
      if (command.parent !== null) process.stdout.write(scripts[shell](offeredBy(command.parent)))
    })
  addExamples(command, [
    ['completion bash > ~/.local/share/bash-completion/completions/vaino', 'bash, from the next shell on'],
    ['completion zsh > ~/.zfunc/_vaino', 'zsh, where ~/.zfunc is in fpath'],
    ['completion fish > ~/.config/fish/completions/vaino.fish', 'fish'],
  ])
  return addSharedFlags(command, [])
}
