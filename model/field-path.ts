import type { Identity } from './array-identity.ts'
import { isRawNumber } from './json.ts'
import type { Json, RawNumber } from './resource.ts'

/** One step down from a document's root. Its text is built only when a change is found. */
export interface Step {
  readonly up: Step | null
  /** How the step reads in a path: a field's name, or `[…]` for an element. */
  readonly label: () => string
  /** The step in a pointer into each of the two documents: a name, or a position; null where there is none. */
  readonly before: string | number | null
  readonly after: string | number | null
  /** Whether what stands here is a text, and the steps below go through the JSON in it. */
  readonly isText?: boolean
}

/** `name`, or `["odd name"]`. */
export const fieldStep = (up: Step | null, name: string): Step => ({
  up,
  label: () => (plainName.test(name) ? name : `[${JSON.stringify(name)}]`),
  before: name,
  after: name,
})

/** `[3]`, the same in both documents, or in the only one that has it. */
export const positionStep = (up: Step, position: number): Step => ({
  up,
  label: () => `[${position}]`,
  before: position,
  after: position,
})

/** `[name=web]`, `[protocol=tcp,from_port=80]`. */
export const keyedStep = (
  up: Step,
  element: Json,
  identity: Identity,
  before: number | null,
  after: number | null,
): Step => ({
  up,
  label: () => bracketed(identity.flatMap((name) => identifying(element, name)).join(','), after ?? before ?? 0),
  before,
  after,
})

/** `[=sg-1]`: a member of a set is its own identity; one with fields of its own is identified by its position. */
export const memberStep = (up: Step, member: Json, position: number): Step => ({
  up,
  label: () => (isScalar(member) ? bracketed(`=${scalarText(member)}`, position) : `[${position}]`),
  before: position,
  after: position,
})

/** The same step, of which the value is a text that is read as JSON. */
export const textStep = (step: Step): Step => ({ ...step, isText: true })

/** For people: `configuration.security_groups[id=sg-1].ingress`. */
export function pathOf(step: Step): string {
  let path = ''
  for (let at: Step | null = step; at !== null; at = at.up) {
    path = at.label() + (path === '' || path.startsWith('[') ? '' : '.') + path
  }
  return path
}

/** RFC 6901, into one of the documents; it can't lead into a text, so there it ends. */
export function pointerOf(step: Step, document: 'before' | 'after'): string {
  let pointer = ''
  for (let at: Step | null = step; at !== null; at = at.up) {
    const below = at.isText ? '' : pointer
    pointer = `/${String(at[document]).replaceAll('~', '~0').replaceAll('/', '~1')}${below}`
  }
  return pointer
}

/** Names that can't be taken for more than one step. */
const plainName = /^[^\s.[\]"\p{Cc}]+$/u
/** Values that can't be taken for more than one. */
const plainText = /^[^\s,=[\]"\p{Cc}]+$/u

/** A longer label would make a path unreadable and the log larger: the position stands for it. */
const maxLabelLength = 100

const bracketed = (text: string, position: number): string =>
  text.length > maxLabelLength ? `[${position}]` : `[${text}]`

type Scalar = null | boolean | number | string | RawNumber

export const isScalar = (value: Json): value is Scalar =>
  typeof value !== 'object' || value === null || isRawNumber(value)

function identifying(element: Json, name: string): string[] {
  if (isScalar(element) || Array.isArray(element) || !Object.hasOwn(element, name)) return []
  const value = element[name] as Json
  return isScalar(value) && value !== null ? [`${name}=${scalarText(value)}`] : []
}

/** A value as it stands in a label. */
export function scalarText(value: Scalar): string {
  if (typeof value === 'string') return plainText.test(value) ? value : JSON.stringify(value)
  return typeof value === 'object' && value !== null ? value.rawJSON : String(value)
}
