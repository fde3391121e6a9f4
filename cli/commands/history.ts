import { Command } from 'commander'
import type { Change } from '../../model/change.ts'
import { addExamples } from '../help-examples.ts'
import { keySegment, serverOf } from '../server.ts'
import { addSharedFlags, type SharedFlags } from '../shared-flags.ts'
import { writeChanges } from '../terminal/change-text.ts'
import { pageOf } from '../terminal/page.ts'
import { pagesOf } from '../terminal/pages.ts'
import { positive } from './filter-flags.ts'
import { withNearestKey } from './known-key.ts'
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
    .argument('<key>', 'SCOPE/ID, as `vaino list` shows it')
    .option('--limit <n>', 'maximum number of entries', positive, 100)
    .option('--since <time>', 'only what was recorded at this time or later, such as 2h')
    .action(async (key: string, flags: HistoryFlags) => {
      const sinceMs = flags.since === undefined ? null : await pastTime('--since', flags.since)
      const server = await serverOf(flags)
      const path = `/v1/resources/${keySegment(key)}/history`
      try {
        const changes = pagesOf<Change>(server, path, 'changes', {}, flags.limit)
        await writeChanges(sinceMs === null ? changes : newerThan(changes, sinceMs), pageOf(flags))
      } catch (error) {
        throw await withNearestKey(error, key, server)
      }
    })
  addExamples(command, [
    ['history terraform/app.tfstate/-/state/aws_sqs_queue.jobs', 'for people'],
    ['history terraform/app.tfstate/-/state/aws_sqs_queue.jobs --since 7d', 'of the last week'],
    ['history terraform/app.tfstate/-/state/aws_sqs_queue.jobs --limit 1 -o json', 'the last change, whole'],
  ])
  return addSharedFlags(command, ['asking', 'showing'])
}
