import { Command } from 'commander'
import packageFile from '../../package.json' with { type: 'json' }
import { runtime } from '../../runtime/runtime.ts'
import { addExamples } from '../help-examples.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { writeOne } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'

export const { version } = packageFile

export function versionCommand(): Command {
  const command = new Command('version')
    .description('Print the version of vaino and of what it runs on.')
    .action(async (flags: SharedFlags) => {
      const { node, sqlite } = process.versions
      const facts = {
        version,
        runtime: `${runtime.name} ${runtime.version}`,
        node,
        sqlite: sqlite ?? null,
        platform: `${process.platform}-${process.arch}`,
      }
      await writeOne(facts, () => `vaino ${version} (${facts.runtime}, ${facts.platform})\n`, pageOf(flags))
    })
  addExamples(command, [
    ['version', 'for people'],
    ['version -o json', 'for programs'],
  ])
  return addSharedFlags(command, ['showing'])
}
