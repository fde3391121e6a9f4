import { VainoError } from '../../model/errors.ts'
import { type Scope, splitKey } from '../../model/scope.ts'
import type { DocumentKind } from './document-kind.ts'
import { createReader } from './resource-reader.ts'
import type { SnapshotHeader } from './resource-visitor.ts'

/** A resource on its way from one place to another: its JSON, and the scope that its key begins with. */
export interface ScopedResource {
  readonly scope: Scope
  /** An object, as UTF-8. */
  readonly json: Uint8Array
}

/**
 * The resources of a snapshot that comes in chunks, those of a chunk together: one chunk's are held, and the next is
 * asked for when they are taken.
 * @returns what the snapshot says of itself
 * @throws VainoError `bad_input` when it is cut off or unusable; the resources yielded until then are not all
 */
export async function* scopedResources(
  kind: Exclude<DocumentKind, 'terraform'>,
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly ScopedResource[], SnapshotHeader> {
  let batch: ScopedResource[] = []
  const utf8 = new TextDecoder()
  const reader = createReader(kind, name, {
    resource(key, bytes, start, end, offset) {
      const text = utf8.decode(key.bytes.subarray(0, key.length))
      const scope = splitKey(text)?.scope
      if (scope === undefined) throw new VainoError('bad_input', `${name}: byte ${offset}: "${text}" is not a key`)
      batch.push({ scope, json: bytes.slice(start, end) })
    },
  })
  for await (const chunk of chunks) {
    reader.push(chunk)
    if (batch.length === 0) continue
    yield batch
    batch = []
  }
  return reader.end()
}
