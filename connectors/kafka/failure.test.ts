import { expect, test } from 'bun:test'
import { passingCodes } from './broker/error-codes.ts'
import { BrokerError } from './broker/errors.ts'
import { kafkaFailure } from './failure.ts'

const failureOf = (code: number) => kafkaFailure(new BrokerError(code, 'topic/0', ''), 'it failed')

test.each([
  ['no leader yet', 6, 'broker_unreachable', true],
  ['a disk of the broker', 56, 'broker_unreachable', true],
  ['a transaction that can only be aborted', 120, 'broker_unreachable', true],
  ['an unknown code of a newer broker', 999, 'broker_unreachable', true],
  ['a record that is too large', 10, 'too_large', false],
  ['a record that is invalid', 87, 'broker_refused', false],
  ['a compression that the broker lacks', 76, 'broker_refused', false],
  ['a missing permission', 29, 'broker_refused', false],
  ['an owner that was fenced, with the code of old brokers', 47, 'fenced', false],
  ['an owner that was fenced, with the code of new brokers', 90, 'fenced', false],
] as const)('%s says whether the same again can succeed', (_, code, expected, canRetry) => {
  const failure = failureOf(code)
  expect([failure.code, failure.canRetry]).toEqual([expected, canRetry])
  expect(failure.hint).toBeString()
})

test('a batch is sent again unchanged only after answers that leave the producer sequence intact', () => {
  expect([2, 3, 6, 19, 51].filter((code) => !passingCodes.has(code))).toEqual([])
  expect([10, 45, 47, 48, 59, 76, 87, 90, 120].filter((code) => passingCodes.has(code))).toEqual([])
})
