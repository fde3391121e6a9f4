import type { UrlLimits } from '../read-url.ts'

/** A state as its place lists it. */
export interface PlaceState {
  /** What its scope is named after: `s3://bucket/prod/terraform.tfstate`. */
  readonly name: string
  /** Another one each time the state is written: an ETag, a generation; null where the place says none. */
  readonly version: string | null
}

/**
 * Where states are kept outside of the file system. Messages of errors are predicates, such as "answers 403", and hold no
 * credential; the caller puts the name of the state or the place in front.
 */
export interface Place {
  /** As it is named, without options and credentials. */
  readonly name: string
  /** One state, named by itself: it is read although no list shows it. */
  readonly isOne: boolean
  /** Whether a state of this name would be in the list. */
  covers(stateName: string): boolean
  /** All states that are there now. @throws VainoError `source_failed` where it could not look */
  list(limits: UrlLimits, signal: AbortSignal): Promise<readonly PlaceState[]>
  /** The version that a state has now; null where the place says none. @throws VainoError `source_failed`, also where it isn't there */
  stat(stateName: string, limits: UrlLimits, signal: AbortSignal): Promise<string | null>
  /** The state's bytes. */
  read(stateName: string, limits: UrlLimits, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void>
}

/** States of one place; a list that goes on is no place of states. */
export const maxStates = 50_000
