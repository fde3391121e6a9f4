import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../test/property.ts'
import { compileGlob, compileGoPattern } from './glob.ts'

const few = fc.constantFrom('a', 'b', '.', '/', '[', ']', '*', '?', 'é', '😀')
const letters = fc.array(few, { maxLength: 8 }).map((parts) => parts.join(''))

const asRegExp = (pattern: string) =>
  new RegExp(
    `^${[...pattern].map((c) => (c === '*' ? '.*' : c === '?' ? '.' : c.replace(/[.[\]/]/, '\\$&'))).join('')}$`,
    'su',
  )

test('a glob matches what the regular expression for it matches', () => {
  fc.assert(
    fc.property(letters, letters, (pattern, text) => {
      expect(compileGlob(pattern)(text)).toBe(asRegExp(pattern).test(text))
    }),
    runs(1000),
  )
})

test('a backslash takes the next character as it is, and is itself at the end', () => {
  expect(compileGlob('a\\*')('a*')).toBe(true)
  expect(compileGlob('a\\*')('ab')).toBe(false)
  expect(compileGlob('a\\')('a\\')).toBe(true)
})

test('many runs over a long text end at once', () => {
  const began = performance.now()
  expect(compileGlob('*a'.repeat(50))(`${'a'.repeat(20_000)}b`)).toBe(false)
  expect(performance.now() - began).toBeLessThan(2000)
})

// What Go's documentation of filepath.Match says, case by case.
test.each([
  ['[a-c]x', 'bx', true],
  ['[a-c]x', 'dx', false],
  ['[^a-c]x', 'dx', true],
  ['[\\]]', ']', true],
  ['[x\\-]', '-', true],
  ['a\\?', 'a?', true],
])('the Go pattern %s and %s: %p', (pattern, text, expected) => {
  expect(compileGoPattern(pattern)?.(text)).toBe(expected)
})

test.each(['[', '[]', '[]a]', '[a-]', '[-a]', '[a', 'a\\'])('the Go pattern %s is malformed', (pattern) => {
  expect(compileGoPattern(pattern)).toBeNull()
})
