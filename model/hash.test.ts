import { describe, expect, test } from 'bun:test'
import { canonicalHash } from './canonical.ts'
import { portableHash, rawHash } from './hash.ts'
import { parseJson } from './json.ts'
import type { Resource } from './resource.ts'

const out = new Uint32Array(2)

/** How many of these values were there before; of n random 32-bit ones, about n² / 2³³. */
const repeats = (values: readonly (number | string)[]): number => values.length - new Set(values).size

function expectSpread(hashes: readonly (readonly [number, number])[]): void {
  const expected = hashes.length ** 2 / 2 ** 33
  expect(repeats(hashes.map((lanes) => lanes.join()))).toBe(0)
  for (const lane of [0, 1] as const)
    expect(repeats(hashes.map((lanes) => lanes[lane]))).toBeLessThan(10 + 3 * expected)
}

describe.each([
  ['the raw hash', rawHash],
  ['the raw hash without Bun', portableHash],
])('%s', (_title, hash) => {
  const hashOf = (bytes: Uint8Array): [number, number] => {
    hash(bytes, out)
    return [out[0] as number, out[1] as number]
  }

  test('is the same for the same bytes, wherever they lie', () => {
    const bytes = crypto.getRandomValues(new Uint8Array(1000))
    const moved = new Uint8Array(1003)
    moved.set(bytes, 3)
    expect(hashOf(moved.subarray(3))).toEqual(hashOf(bytes))
  })

  test('differs in both halves for bytes that differ little', () => {
    const base = new TextEncoder().encode(JSON.stringify({ id: 'i-0abc', configuration: { type: 't3.micro', n: 17 } }))
    const hashes = Array.from({ length: base.length * 8 }, (_, bit) => {
      const bytes = base.slice()
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      return hashOf(bytes)
    })
    const numbers = Array.from({ length: 100_000 }, (_, n) => hashOf(new TextEncoder().encode(`{"n":${n}}`)))
    const zeros = Array.from({ length: 300 }, (_, n) => hashOf(new Uint8Array(n)))
    expectSpread([...hashes, ...numbers, ...zeros])
  })
})

describe('the canonical hash', () => {
  const hashOf = (configuration: string): [number, number] => {
    canonicalHash(
      parseJson(`{"id":"x","type":"t","provider":"p","configuration":${configuration}}`) as unknown as Resource,
      out,
    )
    return [out[0] as number, out[1] as number]
  }

  test('differs for values that only look alike', () => {
    const alike = [
      ...['{}', '{"a":{}}', '{"a":[]}', '{"a":[[]]}', '{"a":[{}]}', '{"a":[null]}', '{"a":""}', '{"a":[""]}'],
      ...['{"a":0}', '{"a":"0"}', '{"a":false}', '{"a":"false"}', '{"a":"null"}', '{"a":1}', '{"a":"1"}', '{"a":true}'],
      ...['{"a":["a","b"]}', '{"a":["ab"]}', '{"a":["b","a"]}', '{"a":["a",["b"]]}', '{"a":[["a"],"b"]}'],
      ...[
        '{"a":{"b":1}}',
        '{"b":{"a":1}}',
        '{"a":{"1":"b"}}',
        '{"ab":1}',
        '{"a":{"b":{}},"c":1}',
        '{"a":{"b":{},"c":1}}',
      ],
      ...[
        '{"a":1,"b":2}',
        '{"a":2,"b":1}',
        '{"a":"b","b":"a"}',
        '{"a":"a","b":"b"}',
        '{"":1}',
        '{"a":-1}',
        '{"a":1e400}',
      ],
      ...['{"a":9007199254740992}', '{"a":9007199254740993}', '{"a":"9007199254740993"}', '{"__proto__":1}'],
      ...['{"a":"\\ud800"}', '{"a":"\\udc00"}', '{"a":"\\ufffd"}', '{"a":0.1}', '{"a":[[],[]]}', '{"a":[[[]]]}'],
    ]
    expect(repeats(alike.map((text) => hashOf(text).join()))).toBe(0)
  })

  test('does not let values trade places', () => {
    const hashes: [number, number][] = []
    for (let a = 0; a < 300; a++) {
      for (let b = 0; b < 300; b++) hashes.push(hashOf(`{"x":{"n":${a}},"y":{"n":${b}},"z":[${a},"${b}"]}`))
    }
    expectSpread(hashes)
  })

  test('differs in both halves for texts that differ little', () => {
    const hashes: [number, number][] = []
    for (let n = 0; n < 60_000; n++) {
      hashes.push(
        hashOf(`{"a":"i-${n.toString(16).padStart(17, '0')}"}`),
        hashOf(`{"a":"10.${n % 250}.${n >> 8}.${n}"}`),
      )
      hashes.push(hashOf(`{"${n}":"v"}`))
    }
    expectSpread(hashes)
  })

  test('is the same whatever the order of names and the spelling of numbers', () => {
    expect(hashOf('{"a":1,"b":{"c":[1e2],"__proto__":2}}')).toEqual(hashOf('{"b":{"__proto__":2.0,"c":[100]},"a":1.0}'))
    expect(hashOf('{"a":9007199254740993}')).toEqual(hashOf('{"a":9007199254740993.0}'))
  })

  test('sees a field only where it is compared', () => {
    const resource: Resource = { id: 'x', type: 't', provider: 'p', name: null, metadata: { a: 1 } }
    const hash = (change: Partial<Resource>) => {
      canonicalHash({ ...resource, ...change }, out)
      return out.join()
    }
    const same = hash({})
    expect(hash({ metadata: { a: 2 }, id: 'y', uid: 'u', other: 1 })).toBe(same)
    expect(hash({ tags: null, region: null })).toBe(same)
    for (const change of [
      { name: '' },
      { type: 'u' },
      { account: 'a' },
      { region: 'a' },
      { namespace: 'a' },
      { provider: 'q' },
      { tags: { a: 1 } },
    ]) {
      expect(hash(change)).not.toBe(same)
    }
  })
})
