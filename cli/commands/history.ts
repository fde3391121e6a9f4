import { Command } from 'commander'
import type { Change } from '../../model/change.ts'
import { addExamples } from '../help-examples.ts'
import { keySegment, serverOf } from '../server.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { writeChanges } from '../terminal/change-text.ts'
import { pageOf } from '../terminal/page.ts'
import { pagesOf } from '../terminal/pages.ts'
import { positive } from './filter-flags.ts'
import { askAbout } from './find-key.ts'
import { pastTime } from './past-time.ts'

interface HistoryFlags extends SharedFlags {
  readonly limit: number
  readonly since?: string
}

/** Changes come newest first, so the first older one ends them. */
async function* newerThan(changes: AsyncIterable<Change>, sinceMs: number): AsyncGenerator<Change> {
  for await (const change of changes) {
    if (Date.parse(change.recorded_at) < sinceMs) return
    yield change
  }
}

export function historyCommand(): Command {
  const command = new Command('history')
    .description('Show what happened to one resource, newest first.')
    .argument('<resource...>', 'as `vaino list` shows it, its id, an end of it that no other has, or its key SCOPE/ID')
    .option('--limit <n>', 'maximum number of entries', positive, 100)
    .option('--since <time>', 'only what was recorded at this time or later, such as 2h')
    .action(async (words: string[], flags: HistoryFlags) => {
      const sinceMs = flags.since === undefined ? null : await pastTime('--since', flags.since)
      const server = await serverOf(flags)
      await askAbout(words, server, async (key) => {
        const path = `/v1/resources/${keySegment(key)}/history`
        const changes = pagesOf<Change>(server, path, 'changes', {}, flags.limit)
        await writeChanges(sinceMs === null ? changes : newerThan(changes, sinceMs), pageOf(flags))
      })
    })
  addExamples(command, [
    ['history aws_sqs_queue.jobs', 'by its id, for people'],
    ['history app.tfstate aws_sqs_queue.jobs --since 7d', 'by its label; of the last week'],
    ['history terraform/app.tfstate/-/state/aws_sqs_queue.jobs --limit 1 -o json', 'the last change, whole'],
  ])
  return addSharedFlags(command, ['asking', 'showing'])
}
