import { pause } from '../../connectors/kafka/pause.ts'
import { decodeCursor, isAtLeast, type Position } from '../../model/cursor.ts'
import { VainoError } from '../../model/errors.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import type { DriftView } from './drift-view.ts'

interface Followed {
  readonly view: Pick<DriftView, 'whenCaughtUp' | 'position' | 'isUpToDate'>
  readonly reader: Pick<StateReader, 'logId' | 'partitions' | 'asOf'>
}

const waitMs = 200

/** Waits until this node's view has come as far as a cursor. @returns false where the signal was aborted before */
export async function hasReached(parts: Followed, cursor: string | null, signal: AbortSignal): Promise<boolean> {
  const { view, reader } = parts
  const wanted = cursor === null ? null : positionOf(parts, cursor)
  while (!signal.aborted) {
    // Only then does the view hold the ends of scans that came with the changes.
    await view.whenCaughtUp()
    const position = view.position ?? reader.asOf(Number.POSITIVE_INFINITY).position
    if (view.isUpToDate && (wanted === null || isAtLeast(position, wanted))) return true
    await pause(waitMs, signal)
  }
  return false
}

/** Null for a cursor of another log: the topics were made anew. */
function positionOf({ reader }: Followed, cursor: string): Position | null {
  try {
    return decodeCursor(cursor, reader.logId, reader.partitions)
  } catch (error) {
    if (error instanceof VainoError && (error.code === 'foreign_cursor' || error.code === 'bad_cursor')) return null
    throw error
  }
}
