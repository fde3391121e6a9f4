import { VainoError } from '../../../model/errors.ts'
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

/** An object of a bucket, or a blob of a container. */
export interface ListedObject {
  readonly key: string
  readonly version: string | null
}

/**
 * The states among the objects of a bucket or a container.
 * @param prefix of a state's name, in front of the object's key
 * @throws VainoError `source_failed` where there are too many
 */
export async function statesAmong(
  objects: AsyncIterable<ListedObject>,
  prefix: string,
  isListed: (key: string) => boolean,
): Promise<readonly PlaceState[]> {
  const states: PlaceState[] = []
  for await (const { key, version } of objects) {
    if (!isListed(key)) continue
    if (states.length >= maxStates) {
      throw new VainoError('source_failed', `holds more than ${maxStates} states`, { hint: 'Name a longer prefix.' })
    }
    states.push({ name: `${prefix}${key}`, version })
  }
  return states
}
