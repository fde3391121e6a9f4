import { setImmediate } from 'node:timers/promises'
import { boundedDiff } from '../../model/bounded-diff.ts'
import type { FieldChange } from '../../model/change.ts'
import type { Redactor } from '../../model/redaction.ts'
import { headerOf, type Resource, type ResourceHeader } from '../../model/resource.ts'
import type { Key } from '../../model/scope.ts'
import { type Comparison, type IndexedFile, missing, readResource } from './compare-files.ts'
import { movedResources } from './moved-resources.ts'

/** The change of one resource between two files, in the shape of `GET /v1/diff`. */
export interface FileChange {
  readonly op: 'c' | 'u' | 'd'
  readonly key: Key
  readonly resource: ResourceHeader
  readonly fields: FieldChange[]
  readonly before: Resource | null
  readonly after: Resource | null
}

export interface Totals {
  created: number
  updated: number
  deleted: number
  unchanged: number
}

/** The signal is checked once in this number of resources: a million that all differ take half a minute. */
const pauseAfter = 256

/**
 * Reads back what may have changed, and yields what has, by key in byte order, redacted. One pair of documents is held.
 * @param totals complete after the last change
 * @throws VainoError `bad_input` for a resource that isn't JSON, `source_failed` when a file has changed meanwhile; the
 * signal's reason
 */
export async function* fileChanges(
  comparison: Comparison,
  redactor: Redactor,
  totals: Totals,
  signal?: AbortSignal,
): AsyncGenerator<FileChange> {
  totals.unchanged += comparison.unchanged
  const moved = movedResources(comparison)
  for (const [at, candidate] of inKeyOrder(comparison, moved).entries()) {
    if (at % pauseAfter === 0) await setImmediate()
    signal?.throwIfAborted()
    const change = changeAt(comparison, moved, candidate, redactor)
    totals[change === null ? 'unchanged' : counters[change.op]]++
    if (change !== null) yield change
  }
}

const counters = { c: 'created', u: 'updated', d: 'deleted' } as const

type Moved = ReadonlyMap<number, number>

function changeAt(
  { before, after }: Comparison,
  moved: Moved,
  candidate: number,
  redactor: Redactor,
): FileChange | null {
  if (candidate < 0) return oneSided('d', before, -1 - candidate, redactor)
  const key = after.index.key(candidate)
  const entry = moved.get(candidate) ?? before.index.find(key, key.length)
  if (entry < 0) return oneSided('c', after, candidate, redactor)
  const was = readResource(before, entry)
  const is = readResource(after, candidate)
  const length = before.index.length(entry) + after.index.length(candidate)
  let { fields } = boundedDiff(was, is, length)
  // Other bytes, but nothing that is compared: the order of names, a check sum in the metadata.
  if (fields.length === 0) return null
  const oldHadSecrets = redactor.redactResource(was)
  const newHadSecrets = redactor.redactResource(is)
  if (oldHadSecrets || newHadSecrets) fields = boundedDiff(was, is, length).fields
  return { op: 'u', key: textOf(key), resource: headerOf(is), fields, before: was, after: is }
}

function oneSided(op: 'c' | 'd', file: IndexedFile, entry: number, redactor: Redactor): FileChange {
  const key = textOf(file.index.key(entry))
  const found = readResource(file, entry)
  redactor.redactResource(found)
  const resource = headerOf(found)
  return { op, key, resource, fields: [], before: op === 'd' ? found : null, after: op === 'c' ? found : null }
}

/** What may have changed: an entry of the second file as its number, one that only the first has as -1 - its number. */
function inKeyOrder({ before, after, fate }: Comparison, moved: Moved): number[] {
  const leftElsewhere = new Set(moved.values())
  const candidates: { readonly candidate: number; readonly key: string }[] = []
  const add = (candidate: number, key: Uint8Array) => {
    // One character a byte, so that the order of characters is the order of bytes.
    candidates.push({ candidate, key: Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1') })
  }
  for (let entry = 0; entry < after.index.count; entry++) add(entry, after.index.key(entry))
  for (let entry = 0; entry < fate.length; entry++) {
    if (fate[entry] === missing && !leftElsewhere.has(entry)) add(-1 - entry, before.index.key(entry))
  }
  candidates.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return candidates.map(({ candidate }) => candidate)
}

const utf8 = new TextDecoder()
const textOf = (key: Uint8Array): Key => utf8.decode(key) as Key
