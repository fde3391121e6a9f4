import type { Volatile } from './array-identity.ts'
import type { DriftSchema } from './drift-schema.ts'
import { pathOf, type Step } from './field-path.ts'
import type { Json, Resource } from './resource.ts'

/** A field that differs from what is wanted; `path` is in Terraform's words: `ingress[from_port=22].cidr_blocks[=0.0.0.0/0]`. */
export interface DriftField {
  readonly path: string
  readonly before: Json
  readonly after: Json
  /** Who has it now, of an object that says so: `manager`, `operation`, `subresource`, `time`; null where nobody does. */
  readonly owner?: Json
}

export interface Comparing {
  readonly schema: DriftSchema
  /**
   * `state`: the state against a reading, by the schema's classes. `reading`: two readings of one provider, in which only what the provider
   * alone sets is left out.
   */
  readonly against: 'state' | 'reading'
  /** Whether a text is among those by which another managed instance is known: it may have added an element here, or set an attribute. */
  isSibling(text: string): boolean
}

/** One comparison of two documents, or of a part of them. */
export interface Walk extends Comparing {
  readonly resource: Resource
  readonly fields: DriftField[]
}

/** Where a value stands. */
export interface Place {
  readonly name: string
  /** The nearest named field around it; null for an element. */
  readonly owner: string | null
  readonly path: string
  readonly step: Step
  readonly volatile: Volatile | null
}

/** Compares two values at one place and reports to the walk. */
export type Compare = (walk: Walk, place: Place, before: Json, after: Json) => void

export const report = (walk: Walk, step: Step, before: Json, after: Json): void =>
  void walk.fields.push({ path: pathOf(step), before, after })
