import { Command } from 'commander'
import { addExamples } from '../help-examples.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { writeOne } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { positive } from './filter-flags.ts'
import type { RulesFlags } from './rules-check.ts'
import type { SuggestFlags } from './rules-suggest.ts'

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
  const check = addSharedFlags(new Command('check'), ['configuration', 'asking', 'showing'])
    .description(
      'Check the rules, with line and column, and tell what each matches among what a running vaino knows. Ends with 2 when they can not be used.',
    )
    .argument('[file]', 'rules that are not in effect yet; without it those that the configuration names')
    .option('--since <time>', 'how far back changes are looked at', '7d')
    .action(async (file: string | undefined, flags: RulesFlags) => {
      await (await import('./rules-check.ts')).checkRules(file, flags)
    })
  addExamples(check, [
    ['rules check', 'rules.yaml here'],
    ['rules check next.yaml --since 30d', 'before they take effect'],
  ])
  const suggest = addSharedFlags(new Command('suggest'), ['asking', 'showing'])
    .description('Find fields that flap in the history of a running vaino, and write a rule for each.')
    .option('--since <time>', 'how far back changes are looked at', '7d')
    .option('--limit <n>', 'maximum number of rules, the noisiest first', positive, 20)
    .action(async (flags: SuggestFlags) => {
      await (await import('./rules-suggest.ts')).suggestRules(flags)
    })
  addExamples(suggest, [
    ['rules suggest', 'read them, and put into rules.yaml what you agree with'],
    ['rules suggest --since 30d -o json', 'for programs'],
  ])
  const command = new Command('rules')
    .description('Check the rules that say what is noise, and find some.')
    .addCommand(check)
    .addCommand(suggest)
    .addCommand(schema)
  return addExamples(command, [
    ['rules check', 'are they good, and what do they match?'],
    ['rules suggest', 'which fields flap?'],
    ['rules schema', 'for editors'],
  ])
}
