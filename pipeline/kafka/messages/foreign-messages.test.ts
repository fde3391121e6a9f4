import { expect, test } from 'bun:test'
import type { LogRecord } from '../../../connectors/kafka/kafka.ts'
import { ForeignMessages, type ForeignSpan, foreignAtSight } from './foreign-messages.ts'

const at = (offset: number, reason: ForeignSpan['reason'] = 'no_key', count = 1): ForeignSpan => ({
  reason,
  offset,
  count,
})

test('I12: a foreign message counts once, however often its topic is read again', () => {
  const messages = new ForeignMessages()
  const first = [at(3), at(4, 'no_value'), at(7)]
  expect(messages.add('changes', first, 10)).toEqual([
    { topic: 'changes', reason: 'no_key', offset: 3, count: 2, isFirst: true },
    { topic: 'changes', reason: 'no_value', offset: 4, count: 1, isFirst: false },
  ])
  expect(messages.add('changes', first, 10)).toEqual([])
  expect(messages.add('changes', [at(7), at(12)], 15)).toEqual([
    { topic: 'changes', reason: 'no_key', offset: 12, count: 1, isFirst: false },
  ])
  // From the beginning again, where retention has left less.
  expect(messages.add('changes', [at(7)], 8)).toEqual([])
  expect(messages.add('changes', [at(12)], 15)).toEqual([])
})

test('the first one of each topic is marked', () => {
  const messages = new ForeignMessages()
  expect(messages.add('changes', [at(1)], 2)).toMatchObject([{ topic: 'changes', isFirst: true }])
  expect(messages.add('state', [], 5)).toEqual([])
  expect(messages.add('state', [at(6)], 7)).toMatchObject([{ topic: 'state', isFirst: true }])
})

test('what has no key and what cannot be decoded is foreign at sight', () => {
  const record = (offset: number, key: Uint8Array | null): LogRecord => ({
    ...{ offset, key, value: Buffer.from('x'), timestampMs: 0, headers: [] },
  })
  const records = [record(1, Buffer.from('key')), record(2, null)]
  const unreadable = [{ firstOffset: 3, lastOffset: 9, reason: 'an unknown codec' }]
  expect(foreignAtSight({ records, unreadable })).toEqual([at(2), at(3, 'unreadable', 7)])
})
