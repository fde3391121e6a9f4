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

export function historyCommand(): Command {
  const command = new Command('history')
    .description('Show what happened to one resource, newest first.')
    .argument('<key>', 'SCOPE/ID, as `vaino list` shows it')
    .option('--limit <n>', 'maximum number of entries', positive, 100)
    .action(async (key: string, flags: SharedFlags & { limit: number }) => {
      const server = await serverOf(flags)
      const path = `/v1/resources/${keySegment(key)}/history`
      try {
        await writeChanges(pagesOf<Change>(server, path, 'changes', {}, flags.limit), pageOf(flags))
      } catch (error) {
        throw await withNearestKey(error, key, server)
      }
    })
  addExamples(command, [
    ['history terraform/app.tfstate/-/state/aws_sqs_queue.jobs', 'for people'],
    ['history terraform/app.tfstate/-/state/aws_sqs_queue.jobs --limit 1 -o json', 'the last change, whole'],
  ])
  return addSharedFlags(command, ['asking', 'showing'])
}
