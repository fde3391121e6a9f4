import { expect, test } from 'bun:test'
import { PartitionFailures } from './partition-failures.ts'

test('a failure that goes on is news once, and again after something else or after it has worked', () => {
  const reported: string[] = []
  const failures = new PartitionFailures((partition, error, isNews) => {
    reported.push(`${partition} ${error instanceof Error ? error.message : ''}${isNews ? '!' : ''}`)
  })
  const fail = (message: string, partition = 0) => failures.failed('owning', partition, new Error(message))
  fail('refused')
  fail('refused')
  fail('refused', 1)
  fail('away')
  fail('refused')
  failures.works('owning', 0)
  fail('refused')
  failures.failed('following', 0, new Error('refused'))
  expect(reported).toEqual([
    '0 refused!',
    '0 refused',
    '1 refused!',
    '0 away!',
    '0 refused!',
    '0 refused!',
    '0 refused!',
  ])
})

test('what fails is a problem until it works, or is not ours any more; with following only while it is behind', () => {
  const failures = new PartitionFailures(() => undefined)
  failures.failed('owning', 0, new Error('owning'))
  failures.failed('following', 0, new Error('following'))
  expect(failures.problem(0, false)).toBe('owning')
  failures.owns([1])
  expect([failures.problem(0, true), failures.problem(0, false)]).toEqual(['following', undefined])
  failures.works('following', 0)
  expect(failures.problem(0, true)).toBeUndefined()
})
