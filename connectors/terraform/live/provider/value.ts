import { decode, ExtData } from '@msgpack/msgpack'
import { isRawNumber, parseJson } from '../../../../model/json.ts'
import type { Json } from '../../../../model/resource.ts'
import { asObject, type JsonObject, own, parseBytes } from '../../parse-bytes.ts'
import type { WireValue } from './protocol.ts'
import { type Shape, shapeOf } from './schema.ts'

/** A value that can't be what its schema says. The message names the place and never the value. */
export class ValueError extends Error {}

/**
 * Decodes a value as a state writes it: every attribute of the schema, names in their order, numbers with all digits, dynamic values with their
 * type beside them. Sets stand in one order whatever the provider's: texts and numbers as Terraform sorts them, the rest by their JSON.
 * @throws ValueError where it isn't of this shape, or not wholly known
 */
export function decodeValue(value: WireValue, shape: Shape): Json {
  if (value === null) return null
  return toJson(rawOf(value), shape, { isJson: value.form === 'json', path: '' })
}

function rawOf({ form, bytes }: NonNullable<WireValue>): unknown {
  try {
    return form === 'json' ? parseBytes(bytes) : decode(bytes, { useBigInt64: true })
  } catch (error) {
    throw new ValueError('its value is neither MessagePack nor JSON', { cause: error })
  }
}

interface Place {
  readonly isJson: boolean
  readonly path: string
}

const below = (place: Place, name: string | number): Place => ({ ...place, path: `${place.path}.${name}` })
const mismatch = ({ path }: Place, kind: string): ValueError =>
  new ValueError(`the value at ${path.slice(1) || 'the top'} is no ${kind}`)

function toJson(raw: unknown, shape: Shape, place: Place): Json {
  if (raw === null || raw === undefined) return null
  if (raw instanceof ExtData) throw new ValueError(`the value at ${place.path.slice(1)} is not known yet`)
  switch (shape.kind) {
    case 'string':
      if (typeof raw !== 'string') throw mismatch(place, 'text')
      return raw
    case 'bool':
      if (typeof raw !== 'boolean') throw mismatch(place, 'truth value')
      return raw
    case 'number':
      return toNumber(raw, place)
    case 'dynamic':
      return toDynamic(raw, place)
    case 'list':
    case 'set': {
      const elements = elementsOf(raw, place).map((element, at) => toJson(element, shape.element, below(place, at)))
      return shape.kind === 'set' ? sortSet(elements) : elements
    }
    case 'tuple': {
      const elements = elementsOf(raw, place)
      if (elements.length !== shape.elements.length) throw mismatch(place, 'tuple of its type')
      return shape.elements.map((element, at) => toJson(elements[at], element, below(place, at)))
    }
    case 'map': {
      const entries = Object.entries(membersOf(raw, place)).sort(([a], [b]) => (a < b ? -1 : 1))
      return fromEntries(entries.map(([key, element]) => [key, toJson(element, shape.element, below(place, key))]))
    }
    case 'object': {
      const members = membersOf(raw, place)
      const names = [...shape.members]
      return fromEntries(
        names.map(([name, member]) => [
          name,
          toJson(Object.hasOwn(members, name) ? members[name] : null, member, below(place, name)),
        ]),
      )
    }
  }
}

/** `Object.fromEntries`, whose objects may have a member `__proto__`. */
const fromEntries = (entries: readonly (readonly [string, Json])[]): JsonObject => Object.fromEntries(entries)

function elementsOf(raw: unknown, place: Place): readonly unknown[] {
  if (!Array.isArray(raw)) throw mismatch(place, 'list')
  return raw
}

function membersOf(raw: unknown, place: Place): { readonly [name: string]: unknown } {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw) || raw instanceof Uint8Array)
    throw mismatch(place, 'object')
  return raw as { readonly [name: string]: unknown }
}

/** A number as MessagePack holds one that no double and no integer can. */
export const decimal = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** A number comes as an integer, as a double, or as a decimal text where neither holds it. */
function toNumber(raw: unknown, place: Place): Json {
  if (typeof raw === 'number' && Number.isFinite(raw)) return raw
  if (typeof raw === 'bigint') return parseJson(String(raw))
  if (typeof raw === 'string' && decimal.test(raw)) return parseJson(raw)
  if (typeof raw === 'object' && raw !== null && isRawNumber(raw as Json)) return raw as Json
  throw mismatch(place, 'number')
}

/** In MessagePack a pair of the type's JSON and the value, in JSON an object of both. */
function toDynamic(raw: unknown, place: Place): Json {
  const pair = place.isJson ? dynamicInJson(raw) : raw
  if (!Array.isArray(pair) || pair.length !== 2) throw mismatch(place, 'value with its type')
  const [encodedType, value] = pair
  const type = encodedType instanceof Uint8Array ? parseBytes(encodedType) : (encodedType as Json)
  return { value: toJson(value, shapeOf(type), place), type }
}

function dynamicInJson(raw: unknown): readonly [Json, Json] | null {
  const object = asObject(raw as Json)
  return object === null ? null : [own(object, 'type') ?? null, own(object, 'value') ?? null]
}

const isScalarNumber = (value: Json): boolean => typeof value === 'number' || isRawNumber(value)
const textOrder = (a: string, b: string): number => (a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b)))

function sortSet(elements: Json[]): Json[] {
  if (elements.every((element) => typeof element === 'string')) return elements.sort(textOrder)
  const keyed = elements.map((element) => ({ element, text: JSON.stringify(element) }))
  const areNumbers = elements.every(isScalarNumber)
  keyed.sort((a, b) => (areNumbers && Number(a.text) - Number(b.text)) || textOrder(a.text, b.text))
  return keyed.map(({ element }) => element)
}
