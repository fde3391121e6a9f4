import { VainoError } from '../../model/errors.ts'
import { type DeadLetter, sizeOfLetter } from '../../model/status.ts'
import { text } from '../change-row.ts'
import type { Page } from '../state-reader.ts'
import { iso } from './logged-change.ts'
import type { PartitionReader } from './partition-reader.ts'

/** Dead letters of all partitions, newest first; a page's token says after which one it begins. */
export function deadLetters(
  readers: readonly PartitionReader[],
  limit: number,
  page?: string,
  maxBytes = Number.POSITIVE_INFINITY,
): Page<DeadLetter> {
  const [at, partition, id] = page === undefined ? [Number.MAX_SAFE_INTEGER, 0, 0] : pageOfDeadLetters(page)
  const found = readers.flatMap((reader) => {
    // Of one time, higher partitions come first.
    const beforeId = reader.partition < partition ? Number.MAX_SAFE_INTEGER : reader.partition === partition ? id : -1
    return reader.deadLetters(at, beforeId, limit + 1).map((row) => ({ partition: reader.partition, row }))
  })
  found.sort(
    (a, b) => Number(b.row.at) - Number(a.row.at) || b.partition - a.partition || Number(b.row.id) - Number(a.row.id),
  )
  const entries: DeadLetter[] = []
  let bytes = 0
  for (const { row } of found) {
    if (entries.length >= limit || bytes >= maxBytes) break
    const [reason = '', source = '', preview = ''] = [row.reason, row.source, row.preview].map(
      (part) => text(part) ?? '',
    )
    const letter = { at: iso(Number(row.at)), reason, source, preview }
    entries.push(letter)
    bytes += sizeOfLetter(letter)
  }
  const last = found[entries.length - 1]
  const more = found.length > entries.length && last !== undefined
  return { entries, page: more ? `${last.row.at}.${last.partition}.${last.row.id}` : null }
}

function pageOfDeadLetters(page: string): [number, number, number] {
  const match = /^(\d{1,15})\.(\d{1,4})\.(\d{1,15})$/.exec(page)
  if (match) return [Number(match[1]), Number(match[2]), Number(match[3])]
  throw new VainoError('bad_request', `"${page.slice(0, 40)}" is not a page of dead letters`, {
    hint: 'Take "page" as it stands in the answer before.',
  })
}
