import type { Change } from './change.ts'
import { namesOf } from './rule-selector.ts'

/** A field of a type that moves without anybody's doing, as the history shows. */
export interface Suggestion {
  readonly type: string
  /** As a rule's `path`. */
  readonly path: string
  readonly changes: number
  readonly resources: number
  /** How often it came back to a value that it had before. */
  readonly returns: number
  /** Changes that would be left out: in the others something else has changed too. */
  readonly alone: number
}

interface Kind {
  readonly type: string
  readonly path: string
  changes: number
  resources: number
  returns: number
  alone: number
  /** The most changes of one resource. */
  most: number
}

interface Track {
  readonly kind: Kind
  changes: number
  /** Values that it had, as short texts, the latest last. */
  values: string[]
}

/** Fields of one resource that are followed, and values of each that are remembered. */
const maxTracks = 50_000
const maxValues = 8
const maxValueLength = 200
/** A change flaps that comes back so often, and moves by itself that is seen so often at one resource. */
const leastReturns = 3
const leastMoves = 10

/** **Finds fields that flap**, reading updates in the order in which they were recorded. Holds at most 50,000 fields of resources. */
export class FlapFinder {
  readonly #kinds = new Map<string, Kind>()
  readonly #tracks = new Map<string, Track>()
  #untracked = 0

  /** Changes of fields that were not followed, because there were too many. */
  get untracked(): number {
    return this.#untracked
  }

  add(change: Pick<Change, 'op' | 'key' | 'resource' | 'fields'>): void {
    if (change.op !== 'u') return
    const moved = new Map<string, { before: string; after: string }>()
    for (const { path, before, after } of change.fields) {
      const name = namesOf(path.replace(/^configuration\.(?=.)/, ''))
      const known = moved.get(name)
      const [from, to] = [textOf(before), textOf(after)]
      moved.set(
        name,
        known === undefined ? { before: from, after: to } : { before: known.before + from, after: known.after + to },
      )
    }
    for (const [path, { before, after }] of moved) {
      const track = this.#trackOf(change.key, change.resource.type, path)
      if (track === null) continue
      const { kind } = track
      kind.changes++
      if (moved.size === 1) kind.alone++
      kind.most = Math.max(kind.most, ++track.changes)
      if (track.values.includes(after)) kind.returns++
      track.values = [...track.values.filter((value) => value !== before), before].slice(-maxValues)
    }
  }

  /** The noisiest first. */
  suggestions(): Suggestion[] {
    return [...this.#kinds.values()]
      .filter(({ returns, most }) => returns >= leastReturns || most >= leastMoves)
      .sort((a, b) => b.changes - a.changes)
      .map(({ type, path, changes, resources, returns, alone }) => ({
        ...{ type: escaped(type), path: escaped(path) },
        ...{ changes, resources, returns, alone },
      }))
  }

  #trackOf(key: string, type: string, path: string): Track | null {
    const id = `${key}\0${path}`
    const known = this.#tracks.get(id)
    if (known !== undefined) return known
    if (this.#tracks.size >= maxTracks) {
      this.#untracked++
      return null
    }
    const kindId = `${type}\0${path}`
    const kind = this.#kinds.get(kindId) ?? { type, path, changes: 0, resources: 0, returns: 0, alone: 0, most: 0 }
    this.#kinds.set(kindId, kind)
    kind.resources++
    const track: Track = { kind, changes: 0, values: [] }
    this.#tracks.set(id, track)
    return track
  }
}

const textOf = (value: unknown): string => (JSON.stringify(value) ?? 'null').slice(0, maxValueLength)

/** What a pattern would take for a wildcard. */
const escaped = (text: string): string => text.replace(/[*?\\]/g, '\\$&')
