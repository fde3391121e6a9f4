import type { FileChange } from '../../pipeline/file-diff/file-changes.ts'
import { serverOf } from '../server.ts'
import type { SharedFlags } from '../shared-flags.ts'
import { elementsOf } from '../terminal/elements.ts'
import { interruption } from '../terminal/interrupt.ts'
import type { Page } from '../terminal/output.ts'
import { noteAsOf } from './as-of-note.ts'
import { writeDifference } from './diff-output.ts'
import { type FilterFlags, filterQuery } from './filter-flags.ts'

/** Shows what differs between two times or cursors of a running vaino. @returns how many changes there were */
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
  const changes = elementsOf<FileChange>(response, 'changes', `${server.url}/v1/diff`, signal)
  await noteAsOf(to, server.asOf, page)
  const asOf = server.asOf === null ? {} : { as_of: server.asOf }
  return writeDifference({ from, to: to ?? 'now', ...asOf, changes }, page)
}
