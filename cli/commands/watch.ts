import { Command, InvalidArgumentError } from 'commander'
import { type AttributionEntry, type Change, entryOps } from '../../model/change.ts'
import { addExamples } from '../help-examples.ts'
import { type Server, serverOf } from '../server.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { actorText, attributionText, changeText, opNames } from '../terminal/change-text.ts'
import { interruption } from '../terminal/interrupt.ts'
import { labelText } from '../terminal/label.ts'
import { type Page, yamlOf } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { printable } from '../terminal/terminal.ts'
import { addFilterFlags, type FilterFlags, filterQuery, positive } from './filter-flags.ts'
import { type FollowedChange, follow } from './follow.ts'
import { maxOldest, oldestChanges } from './oldest.ts'

interface WatchFlags extends SharedFlags, FilterFlags {
  readonly offset: string
  readonly op?: string
  readonly field?: string
  readonly limit?: number
  readonly includeSuppressed?: boolean
}

function checkedOps(text: string): string {
  const wrong = text.split(',').filter((op) => !(entryOps as readonly string[]).includes(op))
  if (wrong.length === 0) return text
  throw new InvalidArgumentError(
    `Expected ${entryOps.map((op) => `${op} (${opNames[op]})`).join(', ')}, with commas between.`,
  )
}

export function watchCommand(): Command {
  const command = addFilterFlags(new Command('watch'))
    .description('Follow the changes of a running vaino, from now on; reconnects where it left off.')
    .option('--offset <position>', 'where to begin: now, a cursor, or -1 for all that is kept', 'now')
    .option('--op <op,...>', 'only these: r (first sight), c, u, d, a (who made one, said later)', checkedOps)
    .option('--field <path>', 'only changes of this field or below it, such as configuration.tags')
    .option('--include-suppressed', 'also what the rules ignore, with the rule')
    .option('--limit <n>', 'end after this many changes', positive)
    .action(async (flags: WatchFlags) => {
      const page = pageOf(flags)
      const signal = interruption()
      const server = await serverOf(flags)
      const include_suppressed = flags.includeSuppressed ? 'true' : undefined
      const asked = { op: flags.op, field: flags.field, include_suppressed }
      const query = { ...filterQuery(flags), offset: flags.offset, ...asked }
      // A program that reads both streams as one must be able to: it gets the note where a person sees stderr.
      if (page.format === 'table' || page.format === 'markdown' || process.stderr.isTTY) {
        page.note(`watching ${server.url} ${whatIsWatched(flags)}; Ctrl-C ends`)
      }
      let count = 0
      for await (const change of changesOf(server, query, flags.limit, signal, page)) {
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

/** The changes from an offset on; with a limit, the oldest that are kept come in the order of their times. */
async function* changesOf(
  server: Server,
  query: Readonly<Record<string, string | undefined>>,
  limit: number | undefined,
  signal: AbortSignal,
  page: Page,
): AsyncGenerator<FollowedChange> {
  let offset = query.offset
  if (offset === '-1' && limit !== undefined && limit <= maxOldest) {
    const oldest = await oldestChanges(server, query, limit, signal)
    yield* oldest.changes
    offset = oldest.cursor
  }
  yield* follow({ server, query: { ...query, offset }, signal, tell: page.note })
}

/** Where it begins, and what the filters let through. */
function whatIsWatched(flags: WatchFlags): string {
  const begin =
    flags.offset === 'now' ? 'from now on' : flags.offset === '-1' ? 'from the oldest change kept' : 'from a cursor on'
  const asked = { ...filterQuery(flags), op: flags.op, field: flags.field }
  const only = Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
  return only.length === 0 ? `${begin}: every change` : `${begin}: changes with ${only.join(', ')}`
}

/** One change on its own: a stream has no end at which a list could be closed. */
async function textOf(followed: FollowedChange, page: Page): Promise<string> {
  if (page.format === 'json' || page.format === 'ndjson') return `${followed.text}\n`
  const change = followed.parse()
  switch (page.format) {
    case 'yaml':
      return `---\n${await yamlOf(change)}`
    case 'markdown':
      return `- ${change.recorded_at} ${opNames[change.op]} \`${printable(labelText(change.key))}\`${detailOf(change)}\n`
    case 'table':
      return change.op === 'a' ? attributionText(change, page.terminal) : changeText(change, page.terminal)
  }
}

function detailOf(change: Change | AttributionEntry): string {
  if (change.op === 'a') return ` by ${actorText(change.actor)}`
  return change.op === 'u' ? `: ${change.fields.map(({ path }) => `\`${printable(path)}\``).join(', ')}` : ''
}
