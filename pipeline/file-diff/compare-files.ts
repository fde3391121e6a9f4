import { boundedDiff } from '../../model/bounded-diff.ts'
import { VainoError } from '../../model/errors.ts'
import { rawHash } from '../../model/hash.ts'
import type { Resource } from '../../model/resource.ts'
import { asResource, parseElement } from '../../storage/snapshots/resource-key.ts'
import type { ResourceVisitor, SnapshotHeader } from '../../storage/snapshots/resource-visitor.ts'
import type { SnapshotFile } from '../../storage/snapshots/snapshot-file.ts'
import { ResourceIndex } from './resource-index.ts'

/** The differences of two files, by position in them: no document is held. */
export interface Comparison {
  readonly before: IndexedFile
  /** Entries of the second file that are not, byte for byte, in the first. */
  readonly after: IndexedFile
  /** For each entry of `before`: whether the second file has its key, and whether with the same bytes. */
  readonly fate: Uint8Array
  /** How many of the first file's resources the second has, byte for byte, and how many of its keys. */
  readonly unchanged: number
  readonly shared: number
  /** Resources that stand more than once in a file, in the same words; counted once. */
  readonly copies: number
}

export interface IndexedFile {
  readonly file: SnapshotFile
  readonly header: SnapshotHeader
  readonly index: ResourceIndex
}

export const missing = 0
const same = 1
const different = 2

/**
 * Streams a file into an index of positions and hashes.
 * @throws VainoError `bad_input` when one key stands in it twice with different contents
 */
export async function indexFile(
  file: SnapshotFile,
  signal?: AbortSignal,
): Promise<IndexedFile & { readonly copies: number }> {
  const hash = new Uint32Array(2)
  const index = new ResourceIndex()
  let copies = 0
  const visitor: ResourceVisitor = {
    resource(key, bytes, start, end, offset) {
      rawHash(bytes.subarray(start, end), hash)
      const entry = index.add(key.bytes, key.length, hash, offset, end - start)
      if (entry >= 0) return
      checkCopy({ file, index }, -1 - entry, bytes.subarray(start, end), at(file, offset))
      copies++
    },
  }
  return { file, index, header: await file.scan(visitor, signal), copies }
}

/**
 * Streams both files, the first into an index, the second against it.
 *
 * Most of the second file is only hashed. At the start of a resource, as many bytes are hashed as the next resource of the first
 * file has; an equal hash means an equal resource, whose end is then known. Only resources that differ, or come in another order,
 * are scanned.
 *
 * @throws VainoError `bad_input` when one key stands in a file twice with different contents
 */
export async function compareFiles(
  first: SnapshotFile,
  second: SnapshotFile,
  signal?: AbortSignal,
): Promise<Comparison> {
  const indexed = await indexFile(first, signal)
  const before = indexed.index
  const after = new ResourceIndex()
  const hash = new Uint32Array(2)
  let { copies } = indexed
  let unchanged = 0
  let shared = 0

  const fate = new Uint8Array(before.count)
  let expected = 0
  // In the answer of a server, a resource's key stands beside it: the same bytes may be another resource.
  const keysAreInside = first.kind !== 'lines'
  const meetSecond: ResourceVisitor = {
    known(bytes, start, available) {
      if (!keysAreInside || expected >= before.count || fate[expected] !== missing) return 0
      const length = before.length(expected)
      if (length > available) return 0
      rawHash(bytes.subarray(start, start + length), hash)
      if (!before.hasHash(expected, hash)) return 0
      fate[expected++] = same
      unchanged++
      shared++
      return length
    },
    resource(key, bytes, start, end, offset) {
      rawHash(bytes.subarray(start, end), hash)
      const entry = before.find(key.bytes, key.length)
      const isFirstSight = entry < 0 || fate[entry] === missing
      if (entry >= 0 && isFirstSight) {
        expected = entry + 1
        fate[entry] = before.hasHash(entry, hash) ? same : different
        if (fate[entry] === same) unchanged++
        shared++
      }
      if (entry >= 0 && fate[entry] === same) {
        if (isFirstSight) return
        checkCopy({ file: first, index: before }, entry, bytes.subarray(start, end), at(second, offset))
        copies++
        return
      }
      const added = after.add(key.bytes, key.length, hash, offset, end - start)
      if (added >= 0) return
      checkCopy({ file: second, index: after }, -1 - added, bytes.subarray(start, end), at(second, offset))
      copies++
    },
  }
  const secondHeader = await second.scan(meetSecond, signal)
  return {
    before: indexed,
    after: { file: second, header: secondHeader, index: after },
    fate,
    unchanged,
    shared,
    copies,
  }
}

type Position = Pick<IndexedFile, 'file' | 'index'>

const at = (file: SnapshotFile, offset: number): string => `${file.name}: byte ${offset}`

/** One resource as it stands in its file. @throws VainoError `source_failed` when the file has changed since it was scanned */
export function readResource({ file, index }: Position, entry: number): Resource {
  const offset = index.offset(entry)
  const bytes = file.read(offset, index.length(entry))
  if (!index.hasHash(entry, hashOf(bytes))) throw file.changedMeanwhile()
  return asResource(parseElement(bytes, at(file, offset)), at(file, offset))
}

/** A key that occurs twice must have the same content, or it would be unknown which of the two counts. */
function checkCopy(stood: Position, entry: number, bytes: Uint8Array, where: string): void {
  if (stood.index.hasHash(entry, hashOf(bytes))) return
  const again = asResource(parseElement(bytes, where), where)
  const length = stood.index.length(entry) + bytes.length
  if (boundedDiff(readResource(stood, entry), again, length).fields.length === 0) return
  const key = new TextDecoder().decode(stood.index.key(entry))
  throw new VainoError('bad_input', `${where}: ${key} stands in this file before, with other contents`, {
    hint: 'Two resources of one provider, region or namespace, and type need different ids.',
  })
}

function hashOf(bytes: Uint8Array): Uint32Array {
  const hash = new Uint32Array(2)
  rawHash(bytes, hash)
  return hash
}
