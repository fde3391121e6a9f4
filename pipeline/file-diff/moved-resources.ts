import { type Comparison, type IndexedFile, missing, readResource } from './compare-files.ts'

/** What a key without the named parts is: account and location are where a resource is, the rest is what it is. */
type Identity = (parts: readonly string[]) => string

/** The stricter first: a resource that kept its account is rather the same than one of another account. */
const identities: readonly Identity[] = [
  ([provider, account, , type, ...id]) => [provider, account, type, ...id].join('/'),
  ([provider, , , type, ...id]) => [provider, type, ...id].join('/'),
]

/**
 * Finds the resources of VAINO's files that have another region, namespace or account in the second file. VAINO tells a
 * resource by provider, type and id; the place is part of the key here only to keep two of one id apart. What one file lacks
 * and the other has is taken for moved where provider, type and id fit and nothing else on either side has them. Resources
 * that name their scope are left alone: their key says what they are.
 * @returns the second file's entry → the first one's. Memory: the keys of what is in one file only
 */
export function movedResources({ before, after, fate }: Comparison): ReadonlyMap<number, number> {
  const moved = new Map<number, number>()
  if (before.file.kind === 'lines' || after.file.kind === 'lines') return moved
  const gone = new Map<number, readonly string[]>()
  for (let entry = 0; entry < fate.length; entry++) {
    if (fate[entry] === missing) gone.set(entry, partsOf(before.index.key(entry)))
  }
  const come = new Map<number, readonly string[]>()
  for (let entry = 0; gone.size > 0 && entry < after.index.count; entry++) {
    const key = after.index.key(entry)
    if (before.index.find(key, key.length) < 0) come.set(entry, partsOf(key))
  }
  for (const identity of identities) {
    const [was, is] = [onlyOnes(gone, identity), onlyOnes(come, identity)]
    for (const [same, entry] of is) {
      const from = was.get(same)
      if (from == null || entry === null || namesScope(before, from) || namesScope(after, entry)) continue
      moved.set(entry, from)
      gone.delete(from)
      come.delete(entry)
    }
  }
  return moved
}

/** One character a byte: keys are only compared. */
const partsOf = (key: Uint8Array): readonly string[] =>
  Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1').split('/')

/** Each identity's entry; null where several have it. */
function onlyOnes(entries: ReadonlyMap<number, readonly string[]>, identity: Identity): Map<string, number | null> {
  const found = new Map<string, number | null>()
  for (const [entry, parts] of entries) {
    const same = identity(parts)
    found.set(same, found.has(same) ? null : entry)
  }
  return found
}

const namesScope = (file: IndexedFile, entry: number): boolean => typeof readResource(file, entry).scope === 'string'
