import { Command } from 'commander'
import { version } from '../../package.json'
import { addExamples } from '../examples.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { writeOne } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'

export { version }

export function versionCommand(): Command {
  const command = new Command('version')
    .description('Print the version of vaino and of what it runs on.')
    .action(async (flags: SharedFlags) => {
      const { node, sqlite, bun } = process.versions
      const facts = {
        version,
        bun: bun ?? null,
        node,
        sqlite: sqlite ?? null,
        platform: `${process.platform}-${process.arch}`,
      }
      await writeOne(facts, () => `vaino ${version} (bun ${facts.bun}, ${facts.platform})\n`, pageOf(flags))
    })
  addExamples(command, [
    ['version', 'for people'],
    ['version -o json', 'for programs'],
  ])
  return addSharedFlags(command, ['showing'])
}
