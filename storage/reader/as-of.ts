import { VainoError } from '../../model/errors.ts'
import type { ChangeRow } from '../change-row.ts'
import type { PartitionReader, ResourceRow } from './partition-reader.ts'

/** A resource as it was at an offset of its partition. */
export interface ResourceAt {
  /** JSON text; null where it wasn't live. */
  readonly document: string | null
  /** 0 where it had never been seen. */
  readonly version: number
  readonly changedAtMs: number
  readonly observedAtMs: number
  /** Nothing has happened to it since. */
  readonly isCurrent: boolean
}

/**
 * A resource as of an offset: its row where nothing came after, else what the first change after the offset says was
 * before. Every change holds both documents, so nothing at or below the offset is needed.
 */
export function resourceAt(reader: PartitionReader, row: ResourceRow, offset: number): ResourceAt {
  if (row.last <= offset) {
    const { document, version, changedAtMs, observedAtMs } = row
    return { document, version, changedAtMs, observedAtMs, isCurrent: true }
  }
  const next = firstChangeAfter(reader, row.last, offset)
  const { before, prevAtMs } = next
  return {
    document: before,
    version: next.version - 1,
    changedAtMs: prevAtMs,
    observedAtMs: prevAtMs,
    isCurrent: false,
  }
}

/** Follows a resource's chain of changes back from one that lies after the offset to the first that does. */
export function firstChangeAfter(reader: PartitionReader, last: number, offset: number): ChangeRow {
  let change = kept(reader.change(last))
  while (change.prev > offset) change = kept(reader.change(change.prev))
  return change
}

function kept(change: ChangeRow | null): ChangeRow {
  if (change !== null) return change
  throw new VainoError('cursor_expired', 'History that this answer needs has just been dropped by retention', {
    hint: 'Take a new snapshot and follow from its cursor.',
  })
}
