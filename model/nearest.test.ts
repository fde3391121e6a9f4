import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { distance, nearest } from './nearest.ts'

test('a swap, a missing letter, a wrong letter and a wrong case still find what was meant', () => {
  const keys = ['workers', 'base_dir', 'interval', 'listen']
  expect(['wrokers', 'base_di', 'intervall', 'Listen', 'bose_dir'].map((text) => nearest(text, keys))).toEqual([
    'workers',
    'base_dir',
    'interval',
    'listen',
    'base_dir',
  ])
})

test('what is like nothing suggests nothing', () => {
  expect(nearest('xyz', ['workers', 'base_dir'])).toBeNull()
  expect(nearest('anything', [])).toBeNull()
})

test('the distance is a metric of edits: zero for equals, symmetric, at most the longer length', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      const found = distance(a, b)
      expect(found === 0).toBe(a === b)
      expect(found).toBe(distance(b, a))
      expect(found).toBeLessThanOrEqual(Math.max(a.length, b.length))
      expect(found).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
    }),
    {
      numRuns: Number(process.env.VAINO_RUNS ?? 300),
      ...(process.env.VAINO_SEED ? { seed: Number(process.env.VAINO_SEED) } : {}),
    },
  )
})
