import type { DriftField } from '../model/drift-walk.ts'
import type { Resource } from '../model/resource.ts'

/** A thing under the names that its collector gives it. */
export interface Thing {
  readonly type: string
  /** Its id in its scope. */
  readonly id: string
}

/** The collected thing that an instance of a Terraform state stands for. */
export interface Partner extends Thing {
  /** The account of its scope; null where the state doesn't say it. */
  readonly account: string | null
  /** The location of its scope, `-` where such scopes have none; null where the state doesn't say it. */
  readonly location: string | null
  /** What of the thing the instance writes, where others may write the rest; absent: the instance stands for the whole thing. */
  readonly part?: string
  /** An identity that no other thing has in any account, as the collected thing has it in `uid`; null where the state doesn't say it. */
  readonly uid?: string | null
}

/** How a thing differs from what an instance says of it. */
export type Comparison =
  | { readonly kind: 'same' | 'absent' | 'unknown' }
  | { readonly kind: 'differs'; readonly fields: readonly DriftField[] }

/** A part of a thing, as a thing of its own. */
export interface ThingPart {
  /** Without a configuration. Its id begins with the whole's and a space. */
  readonly resource: Resource
  /** Instances that write any of these have written it. */
  readonly writtenAs: readonly string[]
}

/** Things that several instances write together: a policy, in which each may have one member of one role. */
export interface PartsOfThings {
  /** Whether things of a collected type are such. */
  has(type: string): boolean
  compare(instance: Resource, thing: Resource): Comparison
  /** All parts but those that the system made by itself. */
  partsOf(thing: Resource): readonly ThingPart[]
  /** The id of the thing that a part's id belongs to; a thing's id as it is. */
  wholeOf(id: string): string
}

/** What a collected thing has otherwise than an instance of a state. */
export interface Compared {
  readonly fields: readonly DriftField[]
  /** Another thing stands there under the same name. */
  readonly isReplaced: boolean
  /** Why nothing is known of what may differ; null where it is known. */
  readonly reason: string | null
}

/**
 * How one system names what Terraform manages, and what of it nobody need have written down. Pure functions of documents; each system
 * has one, from its own table of types.
 */
export interface Identities {
  /** The first part of the system's scopes: `aws`. */
  readonly provider: string
  /** What an instance of a state is collected as; null where such things are not collected, or its attributes don't say its id. */
  partnerOf(instance: Resource): Partner | null
  /** Whether the system made a collected thing by itself, or for another one: a default VPC, an instance of a group. */
  isAmbient(collected: Resource): boolean
  /** What a collected thing may be a part of, as Terraform can write it: the security group of a rule. Null: it stands for itself. */
  holderOf(collected: Resource): Thing | null
  /** Whether things of a type may be parts of others. */
  hasHolder(type: string): boolean
  /** Absent: each instance stands for a thing of its own. */
  readonly parts?: PartsOfThings
  /** The location of the scope of a type, beside something at a location: `-` where such scopes have none. */
  locationOf(type: string, beside: string): string
  /** States of such a system name no account: the uid of one thing says where all are that the same configuration of its provider made. */
  readonly placedByUid?: {
    /** A configuration of another provider that leads to the same account by convention; the same one where there is none. */
    siblingOf(configuration: string): string
  }
  /** The id under which a thing is wanted that is one of several versions of it: a revision of a release. Null: its own. */
  seriesOf?(type: string, id: string): string | null
  /** The id of the version that an instance of a state names, of a thing that has several. Null: it names none. */
  versionOf?(instance: Resource): string | null
  /** Compares what a state names of a thing with the collected one; absent where only existence is compared. Null: these two can't be. */
  differences?(instance: Resource, collected: Resource): Compared | null
}
