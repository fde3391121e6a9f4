import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../test/property.ts'
import { VainoError } from './errors.ts'
import { JsonElementSplitter } from './json-elements.ts'
import { maxMarks } from './json-scan.ts'

/** What a splitter made of a text that came in pieces: the elements as text, the strings at their marks, the envelope. */
function split(text: string | Uint8Array, array: string | null, pieces: readonly number[] = [], limits = {}) {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const elements: string[] = []
  const offsets: number[] = []
  const marked: string[][] = []
  const splitter = new JsonElementSplitter(
    { name: 'a.json', array, ...limits },
    {
      element(piece, start, end, offset) {
        const element = Buffer.from(piece.subarray(start, end))
        elements.push(element.toString())
        offsets.push(offset)
        const strings: string[] = []
        for (let m = 0; m < Math.min(splitter.markCount, maxMarks); m++) {
          const at = splitter.marks[m] ?? 0
          strings.push(/^"(?:[^"\\]|\\.)*"/.exec(element.subarray(at).toString())?.[0] ?? '')
        }
        marked.push(strings)
      },
    },
  )
  let at = 0
  for (let n = 0; at < bytes.length; n++) {
    const size = pieces.length === 0 ? bytes.length : (pieces[n % pieces.length] ?? 1)
    splitter.push(bytes.slice(at, at + size))
    at += size
  }
  return { elements, offsets, marked, envelope: splitter.end(), count: splitter.count }
}

const failure = (text: string | Uint8Array, array: string | null = 'resources', limits = {}) => {
  try {
    split(text, array, [3], limits)
  } catch (error) {
    if (error instanceof VainoError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'none'
}

const anyObject = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }), { maxKeys: 6 })
const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 })
const indent = fc.constantFrom(undefined, 1, 2, '\t')

describe('splitting JSON into elements', () => {
  test('yields what JSON.parse sees, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        anyObject,
        fc.array(anyObject, { maxLength: 8 }),
        anyObject,
        pieces,
        indent,
        (a, list, b, cuts, gap) => {
          const document = { ...a, resources: list, ...b }
          if (!Array.isArray(document.resources) || document.resources !== list) return
          const text = JSON.stringify(document, null, gap)
          const seen = split(text, 'resources', cuts)
          expect(seen.elements.map((element) => JSON.parse(element))).toEqual(
            list.map((x) => JSON.parse(JSON.stringify(x))),
          )
          expect(JSON.parse(seen.envelope)).toEqual(JSON.parse(JSON.stringify({ ...document, resources: [] })))
          const bytes = Buffer.from(text)
          seen.elements.forEach((element, n) => {
            const at = seen.offsets[n] ?? -1
            expect(bytes.subarray(at, at + Buffer.byteLength(element)).toString()).toBe(element)
          })
        },
      ),
      runs(300),
    )
  })

  test('marks every name and text value directly inside an element, and none deeper', () => {
    fc.assert(
      fc.property(fc.array(anyObject, { minLength: 1, maxLength: 4 }), pieces, indent, (list, cuts, gap) => {
        const seen = split(list.map((element) => JSON.stringify(element, null, gap)).join('\n'), null, cuts)
        expect(seen.marked).toEqual(
          list.map((element) =>
            Object.entries(JSON.parse(JSON.stringify(element))).flatMap(([name, value]) =>
              (typeof value === 'string' ? [name, value] : [name]).map((text) => JSON.stringify(text)),
            ),
          ),
        )
        expect(seen.envelope).toBe('{}')
      }),
      runs(300),
    )
  })

  test('passes over an element whose end the handler knows', () => {
    const text = '{"resources":[{"id":"a"},{"id":"b"},{"id":"c"}]}'
    const seen: string[] = []
    const splitter = new JsonElementSplitter(
      { name: 'a.json', array: 'resources' },
      {
        known: (bytes, start) => (Buffer.from(bytes).toString('latin1', start, start + 8) === '{"id":"b' ? 10 : 0),
        element: (bytes, start, end) => seen.push(Buffer.from(bytes.subarray(start, end)).toString()),
      },
    )
    splitter.push(Buffer.from(text))
    splitter.end()
    expect(seen).toEqual(['{"id":"a"}', '{"id":"c"}'])
    expect(splitter.count).toBe(3)
  })

  test('leaves arrays of the same name alone where they are not directly in the root', () => {
    const text = '{"x":{"resources":[{"y":1}]},"resources" : \n [{"z":["resources"]}],"w":"resources"}'
    expect(split(text, 'resources', [1]).elements).toEqual(['{"z":["resources"]}'])
  })

  test('counts on when an element has more strings than it keeps marks for', () => {
    const wide = Object.fromEntries(Array.from({ length: maxMarks }, (_, n) => [`n${n}`, 'text']))
    const seen = split(JSON.stringify({ resources: [wide] }), 'resources')
    expect(seen.elements.map((element) => JSON.parse(element))).toEqual([wide])
    expect(seen.marked[0]?.length).toBe(maxMarks)
  })

  test.each([
    ['', 'bad_input: a.json: byte 0: the input is empty'],
    [' [{}]', 'bad_input: a.json: byte 1: expected a JSON object'],
    ['{"resources":[{}', 'bad_input: a.json: byte 16: the text ends in the middle: it is cut off'],
    ['{"resources":[{"a":"b', 'bad_input: a.json: byte 21: the text ends in the middle: it is cut off'],
    ['{"resources":[{}]', 'bad_input: a.json: byte 17: the text ends in the middle: it is cut off'],
    ['{"resources":[{}]}}', 'bad_input: a.json: byte 18: more text after the end of the document'],
    ['{"resources":[{},]}', 'bad_input: a.json: byte 17: expected a JSON object'],
    ['{"resources":[,{}]}', 'bad_input: a.json: byte 14: expected a JSON object'],
    ['{"resources":[{}{}]}', 'bad_input: a.json: byte 16: expected a comma or the end of the array'],
    ['{"resources":[{},1]}', 'bad_input: a.json: byte 17: expected a JSON object'],
    ['{"resources":[{"a":[1}]}]}', 'bad_input: a.json: byte 21: a bracket that closes another kind'],
    ['{"resources":[{"a":"\n"}]}', 'bad_input: a.json: byte 20: a control character inside a string'],
    ['{"resources":[{"a":\u0001}]}', 'bad_input: a.json: byte 19: a byte that JSON does not have here'],
    ['{"resources":[],"resources":[]}', 'bad_input: a.json: byte 28: a second "resources"'],
  ])('refuses %j', (text, said) => {
    expect(failure(text)).toBe(said)
  })

  test('refuses what is nested deeper than its stack', () => {
    const said = 'bad_input: a.json: byte 2514: nested deeper than 500 levels'
    expect(failure(`{"resources":[${'{"a":'.repeat(501)}`)).toBe(said)
  })

  test('refuses an element and an envelope above their limits, whatever the size of the chunks', () => {
    const large = JSON.stringify({ a: 'x'.repeat(200) })
    expect(failure(`{"resources":[${large}]}`, 'resources', { maxElementBytes: 100 })).toContain(
      'too_large: a.json: byte 14: an object larger than 100 bytes',
    )
    expect(failure(`{"a":${large},"resources":[]}`, 'resources', { maxEnvelopeBytes: 100 })).toContain('too_large')
    expect(() => split(`{"resources":[${large}]}`, 'resources', [], { maxElementBytes: 100 })).toThrow(
      'larger than 100',
    )
  })
})
