import { parseJson } from '../../../../model/json.ts'
import type { Json } from '../../../../model/resource.ts'
import type { AttributeClass } from './provider.ts'
import { fieldOf, fieldsOf, MalformedMessage, numberOf, textOf, type WireField } from './wire.ts'

// Schemas as the plugin protocol encodes them, decoded. Protocol 5 and 6 differ in two fields of an attribute.

/** What a value is made of. */
export type Shape =
  | { readonly kind: 'string' | 'number' | 'bool' | 'dynamic' }
  | { readonly kind: 'list' | 'set' | 'map'; readonly element: Shape }
  | { readonly kind: 'tuple'; readonly elements: readonly Shape[] }
  | ObjectShape

export interface ObjectShape {
  readonly kind: 'object'
  /** In the order of their names, as states write them. */
  readonly members: ReadonlyMap<string, Shape>
}

export interface Attribute {
  readonly name: string
  readonly shape: Shape
  readonly class: AttributeClass
  readonly isSensitive: boolean
  readonly isWriteOnly: boolean
  /** Attributes of an attribute (protocol 6), which have classes of their own. */
  readonly nested: readonly Attribute[]
}

export interface NestedBlock {
  readonly name: string
  readonly block: Block
  readonly shape: Shape
}

export interface Block {
  readonly attributes: readonly Attribute[]
  readonly blocks: readonly NestedBlock[]
  readonly shape: ObjectShape
}

export interface Schema {
  readonly version: number
  readonly block: Block
}

const none = new Uint8Array(0)
const childOf = (fields: readonly WireField[], number: number): WireField[] => fieldsOf(fieldOf(fields, number) ?? none)
const repeated = (fields: readonly WireField[], number: number): WireField[][] =>
  fields.filter((field) => field.number === number).map(({ bytes }) => fieldsOf(bytes))

/** @throws MalformedMessage where the bytes are no schema */
export function decodeSchema(bytes: Uint8Array): Schema {
  const fields = fieldsOf(bytes)
  return { version: numberOf(fields, 1), block: decodeBlock(childOf(fields, 2)) }
}

/** An identity's schema: an object of simple values. */
export function decodeIdentitySchema(bytes: Uint8Array): { readonly version: number; readonly shape: ObjectShape } {
  const fields = fieldsOf(bytes)
  const members = repeated(fields, 2).map((attribute) => [textOf(attribute, 1), typeOf(attribute)] as const)
  return { version: numberOf(fields, 1), shape: objectOf(members) }
}

function decodeBlock(fields: readonly WireField[]): Block {
  const attributes = repeated(fields, 2).map(decodeAttribute)
  const blocks = repeated(fields, 3).map((nested): NestedBlock => {
    const block = decodeBlock(childOf(nested, 2))
    return { name: textOf(nested, 1), block, shape: nestedIn(block.shape, numberOf(nested, 3)) }
  })
  const members = [...attributes, ...blocks].map(({ name, shape }) => [name, shape] as const)
  return { attributes, blocks, shape: objectOf(members) }
}

function decodeAttribute(fields: readonly WireField[]): Attribute {
  const isComputed = numberOf(fields, 6) === 1
  // Field 10 is `write_only` in protocol 5 and a message in protocol 6, where 11 is `write_only`.
  const nestedType = childOf(fields, 10)
  const nested = repeated(nestedType, 1).map(decodeAttribute)
  const isNested = nestedType.length > 0
  const inner = isNested ? objectOf(nested.map(({ name, shape }) => [name, shape] as const)) : null
  return {
    name: textOf(fields, 1),
    shape: inner === null ? typeOf(fields) : nestedIn(inner, numberOf(nestedType, 3)),
    class:
      numberOf(fields, 4) === 1
        ? 'required'
        : isComputed
          ? numberOf(fields, 5) === 1
            ? 'optional_computed'
            : 'computed'
          : 'optional',
    isSensitive: numberOf(fields, 7) === 1,
    isWriteOnly: numberOf(fields, 10) === 1 || numberOf(fields, 11) === 1,
    nested,
  }
}

/** Single (1) and group (5) are the object itself. */
const nestings: Readonly<Record<number, 'list' | 'set' | 'map'>> = { 2: 'list', 3: 'set', 4: 'map' }

function nestedIn(element: ObjectShape, nesting: number): Shape {
  const kind = nestings[nesting]
  return kind === undefined ? element : { kind, element }
}

const objectOf = (members: readonly (readonly [string, Shape])[]): ObjectShape => ({
  kind: 'object',
  members: new Map(members.toSorted(([a], [b]) => (a < b ? -1 : 1))),
})

const typeOf = (attribute: readonly WireField[]): Shape => shapeOf(parseJson(textOf(attribute, 2)))

/** A type as the protocol writes it in JSON: `"string"`, `["set", "string"]`, `["object", {…}]`. */
export function shapeOf(type: Json): Shape {
  if (type === 'string' || type === 'number' || type === 'bool' || type === 'dynamic') return { kind: type }
  if (Array.isArray(type)) {
    const [kind, inner = null] = type
    if (kind === 'list' || kind === 'set' || kind === 'map') return { kind, element: shapeOf(inner) }
    if (kind === 'tuple' && Array.isArray(inner)) return { kind, elements: inner.map(shapeOf) }
    if (kind === 'object' && typeof inner === 'object' && inner !== null)
      return objectOf(Object.entries(inner).map(([name, one]) => [name, shapeOf(one)] as const))
  }
  throw new MalformedMessage('a schema has a type of an unknown form')
}
