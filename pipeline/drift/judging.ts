import type { Position } from '../../model/cursor.ts'
import type { Resource } from '../../model/resource.ts'
import { keyOf, type Scope } from '../../model/scope.ts'
import type { DriftStore } from '../../storage/drift/drift-store.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import type { LiveAsks } from './live-asks.ts'
import type { Scopes } from './scopes.ts'

/** What judging reads and writes. */
export interface Judging {
  readonly store: DriftStore
  readonly reader: Pick<StateReader, 'get' | 'history' | 'items' | 'scope' | 'encode'>
  readonly scopes: Scopes
  readonly asks: LiveAsks
  /** Milliseconds for which a change of Terraform's own opens nothing while the state stays as it is. */
  readonly applyGraceMs: number
  /** Milliseconds after which Terraform has written what it has made; 0: nothing waits for a state. */
  readonly settleMs: number
  /** The settled time as of which the log was answered last, Unix milliseconds. */
  readonly answeredMs: () => number
}

/** A resource's document as of a position; null where it isn't live then. */
export function documentAt({ reader }: Judging, scope: Scope, id: string, at: Position): Resource | null {
  const found = reader.get(keyOf(scope, id), at)
  return found.kind === 'live' ? found.item.resource : null
}
