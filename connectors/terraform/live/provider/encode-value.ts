import { isRawNumber, parseJson } from '../../../../model/json.ts'
import type { Json } from '../../../../model/resource.ts'
import { asObject, own } from '../../parse-bytes.ts'
import { type Shape, shapeOf } from './schema.ts'
import { decimal, ValueError } from './value.ts'

/** @param path of the value, for people */
const mismatch = (path: string, kind: string): ValueError => new ValueError(`${path} must be ${kind}`)

/**
 * Prepares JSON that a person wrote or a state holds for MessagePack: what is absent becomes null, and a text that says a number or a truth value
 * is one, as in Terraform.
 * @returns what `encode(…, { useBigInt64: true })` of @msgpack/msgpack takes
 * @throws ValueError
 */
export function toEncodable(value: Json | undefined, shape: Shape, path: string): unknown {
  if (value === undefined || value === null) return null
  switch (shape.kind) {
    case 'string':
      if (typeof value === 'object' && !isRawNumber(value)) throw mismatch(path, 'a text')
      return typeof value === 'string' ? value : JSON.stringify(value)
    case 'bool':
      if (value === true || value === 'true') return true
      if (value === false || value === 'false') return false
      throw mismatch(path, 'true or false')
    case 'number':
      return exactNumber(value, path)
    case 'dynamic':
      return [Buffer.from(JSON.stringify(typeOf(value))), toEncodable(value, shapeOf(typeOf(value)), path)]
    case 'list':
    case 'set':
      if (!Array.isArray(value)) throw mismatch(path, 'a list')
      return value.map((element, at) => toEncodable(element, shape.element, `${path}[${at}]`))
    case 'tuple':
      if (!Array.isArray(value)) throw mismatch(path, 'a list')
      return shape.elements.map((element, at) => toEncodable(value[at], element, `${path}[${at}]`))
    case 'map': {
      const entries = Object.entries(asObject(value) ?? refuse(mismatch(path, 'a map')))
      return Object.fromEntries(entries.map(([key, one]) => [key, toEncodable(one, shape.element, `${path}.${key}`)]))
    }
    case 'object': {
      const object = asObject(value) ?? refuse(mismatch(path, 'a map'))
      const entries = [...shape.members]
      return Object.fromEntries(
        entries.map(([name, one]) => [name, toEncodable(own(object, name), one, `${path}.${name}`)]),
      )
    }
  }
}

function refuse(error: Error): never {
  throw error
}

function exactNumber(value: Json, path: string): number | bigint | string {
  if (typeof value === 'number') return value
  const text = typeof value === 'object' && value !== null && isRawNumber(value) ? value.rawJSON : value
  if (typeof text !== 'string' || !decimal.test(text)) throw mismatch(path, 'a number')
  const number = parseJson(text)
  if (typeof number === 'number') return number
  // Eighteen digits fit 64 bits.
  return /^-?\d{1,18}$/.test(text) ? BigInt(text) : text
}

/** The type of a value that stands where any may. */
function typeOf(value: Json): Json {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (value === null) return 'dynamic'
  if (typeof value === 'number' || isRawNumber(value)) return 'number'
  if (Array.isArray(value)) return ['tuple', value.map(typeOf)]
  return ['object', Object.fromEntries(Object.entries(value).map(([name, member]) => [name, typeOf(member)]))]
}
