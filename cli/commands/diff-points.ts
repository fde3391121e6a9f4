import { serverOf } from '../server.ts'
import type { SharedFlags } from '../shared-flags.ts'
import { elementsOf } from '../terminal/elements.ts'
import { interruption } from '../terminal/interrupt.ts'
import type { Page } from '../terminal/output.ts'
import { counted } from '../terminal/words.ts'
import { noteAsOf } from './as-of-note.ts'
import { type ShownDifference, writeDifference } from './diff-output.ts'
import { type FilterFlags, filterQuery } from './filter-flags.ts'

/**
 * Shows what differs between two times or cursors of a running vaino. What was only seen in between is counted for people, and is no difference.
 * @returns how many changes there were
 */
export async function diffPoints(
  from: string,
  to: string | undefined,
  flags: SharedFlags & FilterFlags,
  page: Page,
): Promise<number> {
  const signal = interruption()
  const server = await serverOf(flags)
  const query = { from, to, ...filterQuery(flags) }
  const response = await server.request('/v1/diff', { query, signal })
  const changes = elementsOf<ShownDifference>(response, 'changes', `${server.url}/v1/diff`, signal)
  await noteAsOf(to, server.asOf, page)
  const asOf = server.asOf === null ? {} : { as_of: server.asOf }
  const counts = { seen: 0, differing: 0 }
  const forPeople = page.format === 'table' || page.format === 'markdown'
  const shown = async function* () {
    for await (const change of changes) {
      counts[change.op === 'r' ? 'seen' : 'differing']++
      if (change.op !== 'r' || !forPeople) yield change
    }
  }
  await writeDifference({ from, to: to ?? 'now', ...asOf, changes: shown() }, page)
  if (counts.seen > 0)
    page.note(`${counted(counts.seen, 'resource')} seen for the first time since; what was before is not known`)
  return counts.differing
}
