import { encode } from '@msgpack/msgpack'
import { nearest } from '../../../../model/nearest.ts'
import type { Json } from '../../../../model/resource.ts'
import { asObject, type JsonObject, own } from '../../parse-bytes.ts'
import { toEncodable } from './encode-value.ts'
import { ProviderError } from './provider-error.ts'
import type { Block, NestedBlock } from './schema.ts'
import { ValueError } from './value.ts'

/**
 * Encodes what a provider is configured with. Providers drop members that they don't know without a word, so those are refused here: a misspelt
 * `asume_role` would read another account.
 * @param name of the configuration, for the error
 * @throws ProviderError `not_configured`
 */
export function encodeConfiguration(configuration: JsonObject, block: Block, name: string): Uint8Array {
  try {
    return encode(ofBlock(configuration, block, ''), { useBigInt64: true })
  } catch (error) {
    if (!(error instanceof ValueError)) throw error
    throw new ProviderError('not_configured', `the configuration of ${name}: ${error.message}`, { cause: error })
  }
}

function ofBlock(value: JsonObject, block: Block, prefix: string): { [name: string]: unknown } {
  const names = block.shape.members
  for (const given of Object.keys(value)) {
    if (names.has(given)) continue
    const meant = nearest(given, names.keys())
    throw new ValueError(
      `${prefix}${given} is nothing that the provider knows${meant === null ? '' : `; ${prefix}${meant} is meant?`}`,
    )
  }
  return Object.fromEntries([
    ...block.attributes.map(({ name, shape }) => [name, toEncodable(own(value, name), shape, prefix + name)] as const),
    ...block.blocks.map((nested) => [nested.name, ofBlocks(own(value, nested.name), nested, prefix)] as const),
  ])
}

/** A block that may stand once is written as an object, or as a list of one, as in Terraform's JSON. */
function ofBlocks(value: Json | undefined, { name, block, shape }: NestedBlock, prefix: string): unknown {
  const path = prefix + name
  const one = (element: Json, at: string): { [name: string]: unknown } => {
    const object = asObject(element)
    if (object === null) throw new ValueError(`${at} must be a map`)
    return ofBlock(object, block, `${at}.`)
  }
  if (value === undefined || value === null) return shape.kind === 'object' ? null : shape.kind === 'map' ? {} : []
  if (shape.kind === 'object') return one(Array.isArray(value) && value.length === 1 ? (value[0] ?? null) : value, path)
  if (shape.kind === 'map') {
    const entries = Object.entries(asObject(value) ?? {})
    return Object.fromEntries(entries.map(([key, element]) => [key, one(element, `${path}.${key}`)]))
  }
  return Array.isArray(value) ? value.map((element, at) => one(element, `${path}[${at}]`)) : [one(value, path)]
}
