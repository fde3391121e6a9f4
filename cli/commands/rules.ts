import { Command } from 'commander'
import { addExamples } from '../help-examples.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { writeOne } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'

export function rulesCommand(): Command {
  const schema = addSharedFlags(new Command('schema'), ['showing'])
    .description('Print the JSON Schema of rules.yaml, for editors.')
    .action(async (flags: SharedFlags) => {
      const { rulesJsonSchema } = await import('../../pipeline/rules/read-rules.ts')
      await writeOne(rulesJsonSchema(), () => `${JSON.stringify(rulesJsonSchema(), null, 2)}\n`, pageOf(flags))
    })
  addExamples(schema, [
    ['rules schema > rules.schema.json', 'then, in rules.yaml: # yaml-language-server: $schema=rules.schema.json'],
  ])
  return addExamples(new Command('rules').description('Check the rules that say what is noise.').addCommand(schema), [
    ['rules schema', 'for editors'],
  ])
}
