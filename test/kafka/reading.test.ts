import { expect, test } from 'bun:test'
import { differenceOf } from './reading.ts'

test('the difference of two readings says what stands there too often, what is missing, and where their orders differ', () => {
  const wanted = ['a', 'b', 'c', 'd', null]
  expect(differenceOf(wanted, wanted)).toBeNull()
  expect(differenceOf([...wanted, 'b', 'c'], wanted)).toBe('2 too much: "b" to "c"')
  expect(differenceOf(['a', 'x', 'd'], wanted)).toBe('1 too much: "x" to "x"; 3 missing: "b" to null')
  expect(differenceOf(['a', 'c', 'b', 'd', null], wanted)).toBe('another order, from "b" on')
})
