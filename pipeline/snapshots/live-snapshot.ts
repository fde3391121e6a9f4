import { createReader } from '../../storage/snapshots/resource-reader.ts'
import { type ScopedResource, scopedResources } from '../../storage/snapshots/scoped-resources.ts'
import type { SnapshotSource } from '../../storage/snapshots/snapshot-store.ts'
import { snapshotText } from '../../storage/snapshots/snapshot-text.ts'
import { gathered, type Pieces, writeWhole } from '../../storage/snapshots/whole-file.ts'

/** What `GET /v1/snapshot` answers. */
export interface LiveSnapshot {
  /** Its address, for errors. */
  readonly name: string
  /** Requests it; called once. */
  chunks(): AsyncIterable<Uint8Array>
}

/** The state of a running vaino as a snapshot that can be saved. @param version of the program that saves it: `vaino/0.1.0` */
export function sourceOf(live: LiveSnapshot, version: string): SnapshotSource {
  let cursor: string | null = null
  async function* resources(): AsyncGenerator<readonly ScopedResource[]> {
    const header = yield* scopedResources('lines', live.name, live.chunks())
    cursor = header.cursor
  }
  return { origin: { version, takenAt: new Date(), cursor: () => cursor }, resources: resources() }
}

export type ExportFormat = 'json' | 'ndjson'

/**
 * The state of a running vaino as text: VAINO's JSON, or NDJSON lines as the server sends them.
 * @throws VainoError `bad_input` at its end when the answer was cut off
 */
export function exportPieces(live: LiveSnapshot, version: string, format: ExportFormat): AsyncIterable<Uint8Array> {
  return gathered(format === 'ndjson' ? checkedLines(live) : documentOf(sourceOf(live, version)))
}

/** Writes an export to a path: all of it, or nothing. */
export const exportTo = (path: string, pieces: Pieces, signal: AbortSignal): Promise<number> =>
  writeWhole(path, pieces, 0o666, signal)

const documentOf = ({ origin, resources }: SnapshotSource): Pieces =>
  snapshotText(`vaino-${origin.takenAt.toISOString()}`, origin, resources)

async function* checkedLines(live: LiveSnapshot): AsyncGenerator<Uint8Array> {
  const reader = createReader('lines', live.name, null)
  for await (const chunk of live.chunks()) {
    reader.push(chunk)
    yield chunk
  }
  reader.end()
}
