import { Command, InvalidArgumentError } from 'commander'
import { ops } from '../../model/change.ts'
import { addExamples } from '../help-examples.ts'
import { serverOf } from '../server.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { changeText, opNames } from '../terminal/change-text.ts'
import { interruption } from '../terminal/interrupt.ts'
import { labelText } from '../terminal/label.ts'
import { type Page, yamlOf } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { printable } from '../terminal/terminal.ts'
import { addFilterFlags, type FilterFlags, filterQuery, positive } from './filter-flags.ts'
import { type FollowedChange, follow } from './follow.ts'

interface WatchFlags extends SharedFlags, FilterFlags {
  readonly offset: string
  readonly op?: string
  readonly field?: string
  readonly limit?: number
}

function checkedOps(text: string): string {
  const wrong = text.split(',').filter((op) => !(ops as readonly string[]).includes(op))
  if (wrong.length === 0) return text
  throw new InvalidArgumentError(
    `Expected ${ops.map((op) => `${op} (${opNames[op]})`).join(', ')}, with commas between.`,
  )
}

export function watchCommand(): Command {
  const command = addFilterFlags(new Command('watch'))
    .description('Follow the changes of a running vaino, from now on; reconnects where it left off.')
    .option('--offset <position>', 'where to begin: now, a cursor, or -1 for all that is kept', 'now')
    .option('--op <op,...>', 'only these: r (first sight), c, u, d', checkedOps)
    .option('--field <path>', 'only changes of this field or below it, such as configuration.tags')
    .option('--limit <n>', 'end after this many changes', positive)
    .action(async (flags: WatchFlags) => {
      const page = pageOf(flags)
      const signal = interruption()
      const server = await serverOf(flags)
      const query = { ...filterQuery(flags), offset: flags.offset, op: flags.op, field: flags.field }
      let count = 0
      for await (const change of follow({ server, query, signal, tell: page.note })) {
        await page.write(await textOf(change, page))
        if (++count === flags.limit) break
      }
    })
  addExamples(command, [
    ['watch', 'every change, for people'],
    ['watch --type aws_security_group --op u,d', 'some'],
    ['watch -o json | jq -r .key', 'a JSON object a line, for programs'],
    ['watch --offset -1 --limit 10', 'the ten oldest that are kept'],
  ])
  return addSharedFlags(command, ['asking', 'showing'])
}

/** One change on its own: a stream has no end at which a list could be closed. */
async function textOf(followed: FollowedChange, page: Page): Promise<string> {
  if (page.format === 'json' || page.format === 'ndjson') return `${followed.text}\n`
  const change = followed.parse()
  switch (page.format) {
    case 'yaml':
      return `---\n${await yamlOf(change)}`
    case 'markdown':
      return `- ${change.recorded_at} ${opNames[change.op]} \`${printable(labelText(change.key))}\`${
        change.op === 'u' ? `: ${change.fields.map(({ path }) => `\`${printable(path)}\``).join(', ')}` : ''
      }\n`
    case 'table':
      return changeText(change, page.terminal)
  }
}
