import type { JsonObject } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'
import { putMember } from '../../json-parts.ts'

/**
 * What a client answers, as JSON: times as ISO texts, bytes as base64, and without what it says of the call itself. Members that are
 * undefined are left out.
 */
export function plain(value: unknown): Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'bigint':
      return String(value)
    case 'object':
      return value === null ? null : plainObject(value)
    default:
      throw new Error(`an answer holds a ${typeof value}`)
  }
}

function plainObject(value: object): Json {
  if (Array.isArray(value)) return value.map((element) => (element === undefined ? null : plain(element)))
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  const object: JsonObject = {}
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined || name === '$metadata') continue
    putMember(object, name, plain(member))
  }
  return object
}
