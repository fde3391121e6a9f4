import { isDeepStrictEqual } from 'node:util'
import type { Json } from '../../model/resource.ts'
import { keyOf, type Scope } from '../../model/scope.ts'
import type { StateReader } from '../../storage/state-reader.ts'

/** The newest change of a resource that is recorded, as far as this node has followed the log. */
export interface NewestChange {
  /** Its place in the log; null: none is kept. */
  readonly offset: number | null
  /** Whether it names somebody as its maker. @param actor null: nobody is known, which any change is as good for */
  isBy(actor: Json): boolean
}

/** Looks up newest changes: one short query each. */
export const newestChanges =
  (reader: Pick<StateReader, 'history'>) =>
  (scope: Scope, id: string): NewestChange => {
    for (const { change, cursor } of reader.history(keyOf(scope, id))) {
      return {
        offset: change.offset,
        isBy: (actor) => actor === null || isDeepStrictEqual(change.toChange(cursor).actor, actor),
      }
    }
    return { offset: null, isBy: () => false }
  }
