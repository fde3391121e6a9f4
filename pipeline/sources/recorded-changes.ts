import type { RecordedChange } from '../../connectors/source.ts'
import { type Change, isChange } from '../../model/change.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import { type Clock, pause } from './clock.ts'

/** Commits of this long are looked at together. */
const togetherMs = 1000
/** The newest entries of a partition that one look reads: nobody can ask who made more of them. */
const maxPerLook = 1000

export interface RecordedHost {
  readonly reader: Pick<StateReader, 'changesOf' | 'encode' | 'head'>
  onCommit(listener: () => void): () => void
  readonly clock: Clock
  onFailure(error: unknown): void
}

/**
 * Calls back with the changes of some scopes that are recorded from now on and whose maker is not known: created, updated and deleted
 * things, not those that are seen for the first time.
 * @param scopes they begin so (ASCII)
 * @param take called with what one look has found
 */
export function watchRecorded(
  { reader, onCommit, clock, onFailure }: RecordedHost,
  scopes: string,
  take: (changes: readonly RecordedChange[]) => void,
): AsyncDisposable {
  const position = [...reader.head()]
  const stop = new AbortController()
  let looking: Promise<void> | null = null

  const look = async (): Promise<void> => {
    await pause(clock, togetherMs, stop.signal)
    looking = null
    if (stop.signal.aborted) return
    try {
      for (const [partition, through] of reader.head().entries()) {
        const after = Math.max(position[partition] ?? 0, through - maxPerLook)
        position[partition] = through
        const found = reader.changesOf([scopes], partition, after, through, maxPerLook)
        take(found.filter(isChange).flatMap((entry) => unattributed(entry.toChange(reader.encode(position)))))
      }
    } catch (error) {
      onFailure(error)
    }
  }
  const stopListening = onCommit(() => {
    looking ??= look()
  })
  return {
    async [Symbol.asyncDispose]() {
      stopListening()
      stop.abort()
      await looking
    },
  }
}

function unattributed({ op, actor, reason, scope, resource, before, after, recorded_at }: Change): RecordedChange[] {
  const document = after ?? before
  if (op === 'r' || actor !== null || reason === 'forgotten' || document === null) return []
  return [{ op, scope, id: resource.id, resource: document, recordedAtMs: Date.parse(recorded_at) }]
}
