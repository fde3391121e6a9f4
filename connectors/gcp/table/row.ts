import type { JsonObject } from '../../../model/json.ts'
import type { ApiName } from './apis.ts'

/** What can be named beside the members of an item. */
export interface Surroundings {
  /** The project's id. */
  readonly $project: string
}

/**
 * A path below an API's base with `{MEMBER}` where a member of the item stands, percent-encoded, `{+MEMBER}` where it is a path itself.
 * `$project` is the project's id, `$parent.MEMBER` a member of the parent.
 */
export type PathTemplate = string

/** A call whose answers list things, page by page. Rows that name the same one share its answers. */
export interface Listing {
  readonly api: ApiName
  readonly path: PathTemplate
  readonly query?: Readonly<Record<string, string>>
  /** The permission that it needs. */
  readonly permission: string
  /** The member of an answer that holds the things. */
  readonly items: string
  /** The things stand in `items` by their place, each place with a member of this name. */
  readonly aggregated?: true
  /** There is one thing, the answer itself. */
  readonly single?: true
  /** Asked once for each of these. */
  readonly parents?: Items
  /** A `POST` that only asks. */
  readonly post?: JsonObject
}

export interface Items {
  readonly list: Listing
  /** Which of them are meant; default: all. */
  readonly only?: (item: JsonObject) => boolean
}

/** A call for each item. */
export interface Detail {
  readonly path: PathTemplate
  readonly query?: Readonly<Record<string, string>>
  readonly permission: string
  /** The item's member that the answer becomes; default: its members become the item's. */
  readonly as?: string
  /** A `POST` that only asks. */
  readonly post?: JsonObject
}

/** Why nobody need have written a resource down. */
export type Ambient = 'default' | 'child'

/** How one Terraform type is read from Google Cloud. */
export interface Row extends Items {
  /** Terraform's name of the type. */
  readonly type: string
  /** Asset types of Cloud Asset Inventory that are this one, whole or in part. */
  readonly assets: readonly string[]
  /** Makes the resources' items of one listed item; default: itself. The item's `$parent` goes along. */
  readonly split?: (item: JsonObject) => readonly JsonObject[]
  readonly details?: readonly Detail[]
  /** Terraform's id; default: {@link usualId}. Null: it is no resource. */
  readonly id?: (item: JsonObject, around: Surroundings) => string
  /**
   * The call for the thing with an id, if it isn't the id below the version of its list. Null: there is none, or its answer is not known to have the
   * form of a listed item.
   */
  readonly get?: null | ((id: string, around: Surroundings) => Pick<Detail, 'path' | 'query'> | null)
  /** What that call needs; default: the permission of the list, with `get` in the place of `list`. */
  readonly getPermission?: string
  /** Default: the last part of `name`. */
  readonly name?: (item: JsonObject) => string | null
  /** The path to its labels; default: `labels`. */
  readonly labels?: string
  /** Members, beside those of all types, that say how it is and not how it was meant to be: kept, never compared. Paths; arrays are transparent. */
  readonly metadata?: readonly string[]
  readonly ambient?: (item: JsonObject) => Ambient | null
  /** Who has which role in something: its resources say the project's number, which tells Google's own accounts from others. */
  readonly isPolicy?: true
  /** A call for each thing makes it dear: not read more often than this, milliseconds. */
  readonly leastIntervalMs?: number
}
