import { messageOf, VainoError } from '../../model/errors.ts'
import { maxDepth } from '../../model/json.ts'
import type { Plan, Step, Token } from './json-splitter.ts'
import type { Instance, ResourceHead } from './resource.ts'

/** What a format finds in a state: an instance, or a part that can't be used, which spoils nothing but itself. */
export type Found =
  | { readonly head: ResourceHead; readonly instance: Instance }
  | { readonly problem: string; readonly hint?: string | undefined }

/** How one state format lays out its resources below the root's member {@link root}. */
export interface StateFormat {
  readonly version: number
  /** The member of the root that holds the resources. */
  readonly root: string
  /** What becomes of the value at a path; `path[0]` is {@link root}. */
  plan(path: readonly Step[]): Plan
  take(token: Token): Iterable<Found>
}

/** An instance larger than this is refused. It bounds the part of a state that is in memory at once. */
export const maxInstanceBytes = 20 * 1024 * 1024

/** A resource up to this size is parsed as a whole, a larger one instance by instance. */
export const maxWholeBytes = 1024 * 1024

/** Some levels fewer than the model allows: records wrap a resource in a few more. */
export const maxInstanceDepth = maxDepth - 10

export const tooLarge = `is larger than ${maxInstanceBytes / 1024 / 1024} MiB`
export const tooDeep = `is nested deeper than ${maxInstanceDepth} levels`

/** Names the part that an error is about, and keeps its hint. */
export const problemOf = (what: string, error: unknown): Found => ({
  problem: `${what} ${messageOf(error)}`,
  hint: error instanceof VainoError ? error.hint : undefined,
})

/** Names a part whose own name could not be read: `resource 3 (at byte 5123)`. */
export const nameless = (what: string, position: Step | undefined, token: Token): string =>
  `${what} ${Number(position) + 1}${'offset' in token ? ` (at byte ${token.offset})` : ''}`
