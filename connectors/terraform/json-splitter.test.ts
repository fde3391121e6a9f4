import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../test/property.ts'
import { JsonSplitter, type Plan, type SplitterLimits, type Step } from './json-splitter.ts'
import { parseBytes } from './parse-bytes.ts'

const limits: SplitterLimits = { takeBytes: 1 << 20, wholeBytes: 64, wholeDepth: 3 }

/** What came of each path: a parsed value, `opened`, or `oversized`. */
function split(
  text: string | Uint8Array,
  cuts: readonly number[],
  plan: (path: readonly Step[]) => Plan,
  some: Partial<SplitterLimits> = {},
) {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  const splitter = new JsonSplitter(plan, { ...limits, ...some })
  const results: [path: string, result: unknown][] = []
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  // One buffer for all chunks, overwritten each time, as whoever reads a file does it.
  const chunk = Buffer.alloc(bytes.length)
  let from = 0
  for (const end of ends) {
    chunk.fill(0x78)
    chunk.set(bytes.subarray(from, end))
    for (const token of splitter.push(chunk.subarray(0, end - from))) {
      const path = JSON.stringify(token.path)
      if (token.kind === 'value') results.push([path, parseBytes(token.bytes)])
      else if (token.kind === 'oversized') results.push([path, Buffer.from(token.bytes).toString()])
      else if (token.kind === 'open') results.push([path, 'opened'])
    }
    from = end
  }
  splitter.end()
  return results
}

/** The same, with the whole document parsed at once. */
function naive(value: unknown, path: readonly Step[], plan: (path: readonly Step[]) => Plan): [string, unknown][] {
  const here = plan(path)
  const isComposite = typeof value === 'object' && value !== null
  if (here === 'skip') return []
  if (here === 'take' || !isComposite) return [[JSON.stringify(path), value]]
  const members: [Step, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return [[JSON.stringify(path), 'opened'], ...members.flatMap(([step, inner]) => naive(inner, [...path, step], plan))]
}

const cuts = fc.array(fc.nat(), { maxLength: 40 })

describe('splitting a JSON document', () => {
  test('yields what parsing the whole yields, however the bytes are cut', () => {
    const plan = (path: readonly Step[]): Plan =>
      path.length < 2 ? 'open' : path.length === 2 ? (String(path[1]).length % 3 === 0 ? 'skip' : 'take') : 'take'
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(0, 1, 4), cuts, (json, indent, at) => {
        const text = JSON.stringify(JSON.parse(json), null, indent)
        fc.pre(/^[[{]/.test(text))
        expect(split(text, at, plan)).toEqual(naive(JSON.parse(text), [], plan))
      }),
      runs(300),
    )
  })

  test('opens what is larger or deeper than a whole may be, and yields the same parts', () => {
    const plan = (path: readonly Step[]): Plan =>
      path.length === 0 ? 'open' : path.length === 1 ? 'take-or-open' : 'take'
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), cuts, (values, at) => {
        const results = new Map(split(JSON.stringify(values), at, plan))
        for (const [index, value] of values.entries()) {
          const text = JSON.stringify(value)
          const depth = Math.max(0, ...nesting(text))
          const isComposite = typeof value === 'object' && value !== null
          if (!isComposite || (Buffer.byteLength(text) <= limits.wholeBytes && depth <= limits.wholeDepth)) {
            expect(results.get(`[${index}]`)).toEqual(JSON.parse(text))
          } else {
            expect(results.get(`[${index}]`)).toBe('opened')
            for (const [step, inner] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
              expect(results.get(JSON.stringify([index, step]))).toEqual(JSON.parse(JSON.stringify(inner)))
            }
          }
        }
      }),
      runs(300),
    )
  })

  test('hands out the first bytes of a value that is larger than the limit', () => {
    const plan = (path: readonly Step[]): Plan => (path.length === 0 ? 'open' : 'take')
    const text = `["${'a'.repeat(9000)}", 1]`
    for (const at of [[], [5], [4000, 8000, 8500], Array.from({ length: 9000 }, (_, cut) => cut)]) {
      const [, first, second] = split(text, at, plan, { takeBytes: 5000 })
      expect(first).toEqual(['[0]', `"${'a'.repeat(4095)}`])
      expect(second).toEqual(['[1]', 1])
    }
  })

  test('notices every place at which a document is cut off', () => {
    const text = JSON.stringify({ a: [1, { b: 'x"\\' }], c: { d: [[]] }, e: true })
    const plan = (path: readonly Step[]): Plan => (path.length < 2 ? 'open' : 'skip')
    for (let end = 0; end < text.length; end++) {
      expect(() => split(text.slice(0, end), [end >> 1], plan)).toThrow('ends in the middle')
    }
    expect(split(text, [], plan)).toHaveLength(4)
  })

  test.each([
    '{"a" 1}',
    '{"a":1 "b":2}',
    '{"a":1,}',
    '{,}',
    '{a:1}',
    '[1 2]',
    '[1,]',
    '[1}',
    '{"a":1]',
    '{}{}',
    '[] x',
    '[@]',
    '}',
    'text',
    '7',
  ])('refuses %s and names the byte', (text) => {
    expect(() => split(text, [], (path) => (path.length < 2 ? 'open' : 'take'))).toThrow(/not valid JSON at byte \d+/)
  })

  test('reads names with escapes, and refuses those that are not UTF-8 or without end', () => {
    const plan = (path: readonly Step[]): Plan => (path.length === 0 ? 'open' : 'take')
    expect(split('{"\\u0061\\"b": 1, "__proto__": 2}', [3, 5, 8], plan)).toEqual([
      ['[]', 'opened'],
      ['["a\\"b"]', 1],
      ['["__proto__"]', 2],
    ])
    expect(() => split(Buffer.from('{"a\xff": 1}', 'latin1'), [], plan)).toThrow(
      'is not valid UTF-8 (a name at byte 1)',
    )
    expect(() => split(`{"${'a'.repeat(20_000)}": 1}`, [10, 19_000], plan)).toThrow('a name of more than 16384 bytes')
  })

  test('passes over a byte order mark', () => {
    expect(split('\ufeff{"a": 1}', [1, 2], (path) => (path.length === 0 ? 'open' : 'take'))).toHaveLength(2)
  })
})

/** How deep every bracket of a compact JSON text is. */
function nesting(text: string): number[] {
  let depth = 0
  return [...text.replace(/"(?:[^"\\]|\\.)*"/g, '')].map((character) => {
    if ('[{'.includes(character)) depth++
    if (']}'.includes(character)) depth--
    return depth
  })
}
