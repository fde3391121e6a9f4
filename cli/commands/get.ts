import { Command } from 'commander'
import type { Item } from '../../model/change.ts'
import { VainoError } from '../../model/errors.ts'
import { addExamples } from '../help-examples.ts'
import { keySegment, serverOf } from '../server.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { writeOne, yamlOf } from '../terminal/output.ts'
import { pageOf } from '../terminal/page.ts'
import { type Paint, printable } from '../terminal/terminal.ts'
import { noteAsOf } from './as-of-note.ts'
import { askAbout } from './find-key.ts'

export function getCommand(): Command {
  const command = new Command('get')
    .description('Show one resource.')
    .argument('<resource...>', 'as `vaino list` shows it, its id, an end of it that no other has, or its key SCOPE/ID')
    .option('--at <time|cursor>', 'as it was then; now without it')
    .action(async (words: string[], flags: SharedFlags & { at?: string }) => {
      const page = pageOf(flags)
      const server = await serverOf(flags)
      const item = await askAbout(words, server, (key) =>
        server.json<Item>(`/v1/resources/${keySegment(key)}`, { query: { at: flags.at } }),
      ).catch((error: unknown) => {
        throw isDeleted(error) ? withCommands(error) : error
      })
      await noteAsOf(flags.at, server.asOf, page)
      const text = page.format === 'table' ? await describe(item, page.terminal.paint) : ''
      await writeOne(item, () => text || markdownOf(item), page)
    })
  addExamples(command, [
    ['get terraform/app.tfstate/-/state/aws_sqs_queue.jobs', 'as it is now, by its key'],
    ['get app.tfstate aws_sqs_queue.jobs', 'by its label, with or without the dot between'],
    ['get aws_sqs_queue.jobs', 'by its id, where one scope has it'],
    ['get terraform/app.tfstate/-/state/aws_sqs_queue.jobs --at 2026-11-23T12:00:00Z -o yaml', 'as it was'],
  ])
  return addSharedFlags(command, ['asking', 'showing'])
}

const isDeleted = (error: unknown): error is VainoError => error instanceof VainoError && error.code === 'gone'

/** The server's hint names routes; who typed a command wants commands. */
const withCommands = (error: VainoError) =>
  new VainoError(error.code, error.message, {
    hint: 'The same with `vaino history` shows what happened to it, and with --at TIME how it was.',
    cause: error,
  })

async function describe(item: Item, paint: Paint): Promise<string> {
  const { resource, ...about } = item
  const head = Object.entries(about).map(
    ([name, value]) => `${paint.dim(`${name}:`.padEnd(14))}${printable(String(value))}`,
  )
  const body = (await yamlOf(resource)).trimEnd()
  return `${head.join('\n')}\n\n${body.split('\n').map(printable).join('\n')}\n`
}

const markdownOf = ({ resource, ...about }: Item): string =>
  `## ${printable(resource.name ?? resource.id)}\n\n${Object.entries(about)
    .map(([name, value]) => `- ${name}: \`${value}\``)
    .join('\n')}\n\n\`\`\`json\n${JSON.stringify(resource, null, 2)}\n\`\`\`\n`
