import type { JsonObject } from '../../../model/json.ts'
import type { ServiceName } from '../sdk/services.ts'
import type { Surroundings } from './template.ts'

/**
 * A text with `{PATH}` where a member of the item stands: `arn:{$partition}:s3:::{Name}`. A text that is one `{PATH}` alone is the
 * member itself, of whatever type. `$account`, `$region`, `$partition` say where the item is, `$parent` is the item of the
 * listing above. `{Arn/}` and `{Arn:}` are what follows the last slash and the last colon of it. A member that is absent is an error.
 */
export type Template = string

/** How an id is written. */
export type Identity = Template | ((item: JsonObject) => string)

/** An operation whose answers list things. Rows that name the same one share its answers. */
export interface Listing {
  readonly service: ServiceName
  readonly operation: string
  /** May hold templates of `$parent`. */
  readonly input?: JsonObject
  /** Asked once with each of these beside the input; what depends on the region is no listing of several rows. */
  readonly inputs?: readonly JsonObject[] | ((around: Surroundings) => readonly JsonObject[])
  /** For the next page: members of the input, by the path in the answer that holds their value. Absent: one answer has all. */
  readonly next?: Readonly<Record<string, string>>
  /** The member of the answer that says whether there is more, where it says so beside the token. */
  readonly truncated?: string
  /** Asked once for each of these, with the answer's items carrying it as `$parent`. */
  readonly parents?: Items
  /** Error names that say that there is nothing to list: the parent has none. */
  readonly absent?: readonly string[]
}

/** Which part of a listing's answers are things. */
export interface Items {
  readonly list: Listing
  /** The path in an answer to the array. An answer without it is a failed one. */
  readonly items: string
  /** The array is left out where it is empty: JSON services do so. */
  readonly mayBeAbsent?: true
  /** Where the array holds texts: the member that they become. */
  readonly as?: string
  /** There is one thing, which stands at the path, and no array. */
  readonly single?: true
  /** Which of them are meant; default: all. */
  readonly only?: (item: JsonObject, around: Surroundings) => boolean
  /** Members that are made of the others, for templates. */
  readonly more?: (item: JsonObject) => JsonObject
  /** Another listing of the same things, which knows some members that this one lacks. Read before it, and held by key. */
  readonly joined?: { readonly of: Items; readonly key: Template; readonly take: readonly string[] }
}

/** A call for each item. */
export interface Detail {
  /** Default: the listing's. */
  readonly service?: ServiceName
  readonly operation: string
  readonly input: JsonObject
  /** The path in the answer; default: all of it. */
  readonly take?: string
  /** The item's member that it becomes; default: its members become the item's. */
  readonly as?: string
  /** Not called for an item that has this member already. */
  readonly unless?: string
  /** Called for these items only. */
  readonly when?: (item: JsonObject) => boolean
  /** For the next page, as of a listing: what is taken is an array, of all pages in the end. */
  readonly next?: Readonly<Record<string, string>>
  /** What an answer without the path means. */
  readonly otherwise?: string
  /** The answer leaves the path out where there is nothing. Without this such an answer is a failed one. */
  readonly mayBeAbsent?: true
  /** Error names that say that there is none. */
  readonly absent?: readonly string[]
  /** The row is about what this call answers: where there is none, or it is empty, there is no resource. */
  readonly isTheThing?: true
}

/** A call for many items at once. */
export interface Batch {
  readonly service?: ServiceName
  readonly operation: string
  /** The member of the input that takes the items, what of each, and as what it is sent where that is no text. */
  readonly ids: { readonly member: string; readonly each: Template; readonly as?: JsonObject }
  /** May hold templates of `$parent`: a page's items have the same. */
  readonly input?: JsonObject
  /** Called for these items only; the others stay as they are. */
  readonly when?: (item: JsonObject) => boolean
  /** How many AWS takes in one call. */
  readonly size: number
  /** The path in the answer to its array, the template of an element's id, which is the item's `ids.each`, and what of it is taken. */
  readonly answers: string
  readonly key: Template
  readonly take?: string
  readonly as?: string
}

/**
 * How one thing is read by its id, without the listing: by the listing's own call with another input, or by its details alone. What comes of it must be what
 * the listing shows.
 */
export interface One {
  /** In the place of the listing's input; `{$id}` is the id. The answer is read as the listing's. */
  readonly input?: JsonObject
  /** The listed item, where the id says all that it has. */
  readonly item?: JsonObject
  /** Error names that say that there is no such thing. */
  readonly absent?: readonly string[]
  /** Operations that delete it. */
  readonly deletedBy?: readonly string[]
}

/** Why nobody need have written a resource down. */
export type Ambient = 'default' | 'child'

/** How one Terraform type is read from AWS. */
export interface Row extends Items {
  /** Terraform's name of the type. */
  readonly type: string
  /** What AWS keeps once an account, and not in each region. */
  readonly isGlobal?: true
  /** Absent: it is read with its listing alone. */
  readonly one?: One
  /** Makes the resources' items of one listed item; default: itself. */
  readonly split?: (item: JsonObject) => readonly JsonObject[]
  /** What is listed and is not there, or not this type's. */
  readonly skip?: (item: JsonObject) => boolean
  /** What is listed and is another type's: read alone, it is there all the same. */
  readonly other?: (item: JsonObject) => boolean
  /** Only these members of the listed item are kept. */
  readonly keep?: readonly string[]
  readonly details?: readonly Detail[]
  readonly batches?: readonly Batch[]
  /** Error names of a detail that say that the item is gone since it was listed. */
  readonly gone?: readonly string[]
  /** What its details say is as good as gone. */
  readonly dropped?: (item: JsonObject) => boolean
  /** Terraform's id. */
  readonly id: Identity
  /** Where Terraform's own id is a random one, or made of what somebody wrote: the same id out of a state's attributes. */
  readonly idInState?: Identity
  /** What may hold it in Terraform's older way, as a block of its own: a state that has that one need not have this one. */
  readonly within?: { readonly type: string; readonly id: Template }
  readonly arn?: Template
  /** Default: the tag `Name`. */
  readonly name?: Template | ((item: JsonObject) => string | null)
  /** The member that says where a global one is all the same. Its details are asked there, once the member is known. */
  readonly region?: string
  /** The path to its tags, in any of AWS's forms; default: `Tags`. */
  readonly tags?: string
  /** Members that hold a policy as percent-encoded text. */
  readonly encoded?: readonly string[]
  /** Members that say how it is and not how it was meant to be, or repeat what is a type of its own: kept, never compared. Paths; arrays are transparent. */
  readonly metadata?: readonly string[]
  /** Makes what is compared of an item that has all its details. Its id is of the item before. */
  readonly shape?: (item: JsonObject) => JsonObject
  readonly ambient?: (item: JsonObject) => Ambient | null
}
