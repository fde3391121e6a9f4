import { type Scope, splitKey } from '../../model/scope.ts'
import { inputRecords } from '../../storage/snapshots/input-records.ts'
import { SnapshotFile } from '../../storage/snapshots/snapshot-file.ts'
import { indexFile } from '../file-diff/compare-files.ts'
import type { ResourceIndex } from '../file-diff/resource-index.ts'

/**
 * The resources of a snapshot file as input records, NDJSON. The file is read twice, so that nothing of it is yielded
 * before all of it has been found good.
 * @param complete the file holds all of its scopes: each is a complete scan, and what it lacks is deleted
 * @throws VainoError `not_found`, `bad_input`
 */
export async function* importRecords(path: string, complete: boolean, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  await using file = await SnapshotFile.open(path)
  const { index, header } = await indexFile(file, signal)
  yield* inputRecords(file.resources(signal), {
    observedAt: header.timestamp,
    complete: complete ? scopesOf(index) : null,
    scan: `import-${crypto.randomUUID()}`,
  })
}

/** How many resources each scope has. */
function scopesOf(index: ResourceIndex): Map<Scope, number> {
  const utf8 = new TextDecoder()
  const counts = new Map<Scope, number>()
  for (let entry = 0; entry < index.count; entry++) {
    const scope = splitKey(utf8.decode(index.key(entry)))?.scope
    if (scope !== undefined) counts.set(scope, (counts.get(scope) ?? 0) + 1)
  }
  return counts
}
