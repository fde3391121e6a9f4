import { ExtData, encode } from '@msgpack/msgpack'
import { isRawNumber, maxDepth, parseJson } from '../../../model/json.ts'
import type { Json } from '../../../model/resource.ts'
import { exactNumberExtension } from './msgpack-to-json.ts'

/**
 * The MessagePack of a JSON text. Nothing is rounded: an integer that 64 bits hold is one, and a number that nothing of
 * MessagePack's holds exactly is its decimal text in an extension of type 1.
 */
export const jsonToMsgpack = (text: string): Uint8Array =>
  encode(exact(parseJson(text)), { useBigInt64: true, maxDepth: maxDepth + 16 })

const smallest = -(2n ** 63n)
const largest = 2n ** 64n - 1n
/** Integers from here on would be written as doubles. */
const beyond32Bits = 2 ** 31

type Writable = Json | bigint | ExtData

/** In place, so that a property with the name `__proto__` stays one. */
function exact(value: Json): Writable {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && Math.abs(value) >= beyond32Bits ? BigInt(value) : value
  }
  if (typeof value !== 'object' || value === null) return value
  if (isRawNumber(value)) return exactNumber(JSON.stringify(value))
  const members = value as { [name: string]: Writable }
  for (const name of Object.keys(members)) members[name] = exact(members[name] as Json)
  return value
}

function exactNumber(text: string): bigint | ExtData {
  if (/^-?\d+$/.test(text)) {
    const integer = BigInt(text)
    if (integer >= smallest && integer <= largest) return integer
  }
  return new ExtData(exactNumberExtension, Buffer.from(text, 'latin1'))
}
