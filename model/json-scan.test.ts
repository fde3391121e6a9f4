import { expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import wabt from 'wabt'
import { NaiveElementScanner } from '../test/json/naive-element-scanner.ts'
import { runs } from '../test/property.ts'
import { ElementScanner } from './json-element-scanner.ts'
import { maxMarks } from './json-scan.ts'

const source = new URL('./json-scan.wat', import.meta.url)
const built = new URL('./json-scan-module.ts', import.meta.url)

test('the module in the repository is what its source makes (UPDATE_DOCS=1 writes it)', async () => {
  const { parseWat } = await wabt()
  const { buffer } = parseWat('json-scan.wat', readFileSync(source), { simd: true }).toBinary({})
  const text = `// Made of json-scan.wat by json-scan.test.ts.\nexport const scanModule =\n  '${Buffer.from(buffer).toString('base64')}'\n`
  if (process.env.UPDATE_DOCS) writeFileSync(built, text)
  expect(readFileSync(built, 'utf8')).toBe(text)
})

type Scanner = Pick<ElementScanner, 'begin' | 'scan' | 'marks' | 'markCount'> & { next?(): void }

/** What a scanner makes of bytes that come in pieces: where the object ends and its marks, or what is wrong where. */
function outcome(
  make: (fail: (at: number, what: string) => never) => Scanner,
  bytes: Uint8Array,
  cuts: readonly number[],
) {
  let base = 0
  const scanner = make((at, what) => {
    throw new Error(`${base + at}: ${what}`)
  })
  scanner.begin()
  try {
    for (let n = 0; base < bytes.length; n++) {
      const piece = bytes.slice(base, base + (cuts[n % cuts.length] ?? bytes.length))
      scanner.next?.()
      const end = scanner.scan(piece, 0, -base)
      if (end >= 0) {
        const { markCount } = scanner
        return { end: base + end, markCount, marks: [...scanner.marks.subarray(0, Math.min(markCount, maxMarks))] }
      }
      base += piece.length
    }
  } catch (error) {
    return { wrong: (error as Error).message }
  }
  return 'cut'
}

const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 6 })
const same = (bytes: Uint8Array, sizes: readonly number[]) =>
  expect(outcome((fail) => new ElementScanner(fail), bytes, sizes)).toEqual(
    outcome((fail) => new NaiveElementScanner(fail), bytes, sizes),
  )

test('JSON, however it is cut, is scanned as a loop over its bytes scans it', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[\\"]{0,140}$/),
    fc.string({ maxLength: 300 }),
  )
  const json = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 6 }, text, fc.double(), fc.boolean(), fc.constant(null), tie('list'), tie('object')),
    list: fc.array(tie('value'), { maxLength: 5 }),
    object: fc.dictionary(text, tie('value'), { maxKeys: 8 }),
  })).object
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 2, '\t'), cuts, (value, indent, sizes) =>
      same(Buffer.from(`${JSON.stringify(value, null, indent)}, {"more": 1}`), sizes),
    ),
    runs(400),
  )
})

test('bytes that are no JSON are refused at the same byte for the same reason', () => {
  // What has a meaning is frequent, so that quotes, escapes and brackets meet at the bounds of 64 bytes.
  const byte = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...Buffer.from('{}[]"\\\\ \n:,0123456789+-.eEtrufalsn')) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) },
  )
  const noise = fc.array(byte, { maxLength: 400 }).map((bytes) => Buffer.from([0x7b, ...bytes]))
  fc.assert(fc.property(noise, cuts, same), runs(2000))
  const inText = fc.array(fc.constantFrom(0x5c, 0x22, 0x0a, 0x61), { maxLength: 400 })
  fc.assert(
    fc.property(inText, cuts, (bytes, sizes) => same(Buffer.from([0x7b, 0x22, ...bytes]), sizes)),
    runs(1000),
  )
})

test('a byte of any value stands or falls alike in a string and outside, at each place of a block', () => {
  for (let value = 0; value < 256; value++) {
    for (const before of [0, 1, 15, 16, 31, 61, 62, 63, 64]) {
      same(Buffer.concat([Buffer.from(`{${' '.repeat(before)}`), Buffer.of(value), Buffer.from('}')]), [500])
      same(Buffer.concat([Buffer.from(`{"${' '.repeat(before)}`), Buffer.of(value), Buffer.from('"}')]), [500])
      same(Buffer.concat([Buffer.from(`{"${' '.repeat(before)}\\`), Buffer.of(value), Buffer.from('"}')]), [500])
    }
  }
})

test('an object nested as deep as allowed, and one deeper', () => {
  for (const depth of [499, 500]) same(Buffer.from(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`), [64, 7])
})
