import { describe, expect, test } from 'bun:test'
import { documentIn, looksLikeJson, maxJsonTextLength } from './json-text.ts'

describe('a text', () => {
  test('holds JSON when it is an object or an array, white space around it aside', () => {
    const texts = ['{}', '[]', ' [ ]', '\r\n\t{ "a":1}\n ', '[true]', '[false]', '[null]', '[-1]', '["a"]', '[[{}]]']
    for (const text of texts) expect([text, documentIn(text)]).toEqual([text, JSON.parse(text)])
    for (const text of texts) expect([text, looksLikeJson(text)]).toEqual([text, true])
  })

  test('holds none when it is another value, or no JSON at all', () => {
    const scalars = ['', ' ', '1', 'null', '"[]"', ' "a"']
    const looks = ['{', '[', '[not json', '[not json]', '{{ .Values.image }}', '[1,]', '{"a"}', '[1] [2]', '{"a":1']
    const spaces = ['\u00a0[]', '[]\u00a0', '\ufeff{}', '\v[]']
    for (const text of [...scalars, ...looks, ...spaces]) expect([text, documentIn(text)]).toEqual([text, null])
    for (const text of [...scalars, '[not json]', '{{ x }}', '$[]', '[1']) expect(looksLikeJson(text)).toBe(false)
  })

  test('holds numbers with all their digits, and of a name that stands twice the last value', () => {
    expect(JSON.stringify(documentIn('[9007199254740993]'))).toBe('[9007199254740993]')
    expect(documentIn('{"a":1,"a":2}')).toEqual({ a: 2 })
    expect(Object.keys(documentIn('{"__proto__":1}') ?? {})).toEqual(['__proto__'])
  })

  test('is only a text when it is very long or nested very deep', () => {
    const padded = (length: number) => `[${' '.repeat(length - 2)}]`
    expect(documentIn(padded(maxJsonTextLength))).toEqual([])
    expect(documentIn(padded(maxJsonTextLength + 1))).toBeNull()
    const nested = (depth: number, core: string) => '['.repeat(depth) + core + ']'.repeat(depth)
    expect(documentIn(nested(500, '1'))).not.toBeNull()
    expect(documentIn(nested(501, '1'))).toBeNull()
    expect(documentIn(nested(130_000, ''))).toBeNull()
    expect(documentIn(nested(100_000, '12345678901234567890'))).toBeNull()
  })
})
