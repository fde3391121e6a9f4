import { expect, test } from 'bun:test'
import { count, placeOf, previewOf } from './batch.ts'

test('a preview is the record’s own beginning: at most 800 bytes, none of its neighbour, none of what stood before it', () => {
  const bytes = Buffer.from(`before\n${'x'.repeat(1_000)}\nbehind`)
  expect(previewOf(bytes, 7, 1_007)).toBe('x'.repeat(800))
  expect(previewOf(bytes, 7, 17)).toBe('x'.repeat(10))
  expect(previewOf(bytes, 1_008, bytes.length)).toBe('behind')
})

test('a preview that ends within a character is text all the same', () => {
  const bytes = Buffer.from(`${'x'.repeat(799)}é`)
  expect(previewOf(bytes, 0, bytes.length)).toBe(`${'x'.repeat(799)}\ufffd`)
})

test('where a record stood is a line, or an offset where the input is a topic', () => {
  expect(placeOf({ source: 'request 4' }, 12)).toBe('request 4 line 12')
  expect(placeOf({ source: 'vaino.resources/3', unit: 'offset' }, 2 ** 40)).toBe(
    'vaino.resources/3 offset 1099511627776',
  )
})

test('what is suppressed is counted by its reason, from the first on', () => {
  const counted = {}
  for (const reason of ['spelling', 'not_compared', 'spelling'] as const) count(counted, reason)
  expect(counted).toEqual({ spelling: 2, not_compared: 1 })
})
