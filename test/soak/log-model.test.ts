import { expect, test } from 'bun:test'
import type { Change } from '../../model/change.ts'
import { LogModel } from './log-model.ts'

const document = (n: number, more: object = {}) => ({
  id: 'a',
  type: 't',
  provider: 'p',
  configuration: { n },
  ...more,
})
const change = (offset: number, version: number, before: object | null, after: object | null, more: object = {}) =>
  ({
    ...{ id: `0-${offset}`, key: 'push/-/-/s/a', scope: 'push/-/-/s', version, before, after },
    ...{ op: after === null ? 'd' : before === null ? 'c' : 'u' },
    ...more,
  }) as unknown as Change
const problemsOf = (changes: readonly Change[], leaving: readonly string[] = []): string[] => {
  const model = new LogModel()
  for (const key of leaving) model.leaving(key)
  for (const one of changes) model.take(one)
  return [...model.problems, ...model.differences(new Map())].map((problem) => problem.split(':')[0] ?? '')
}

test('a log that keeps every promise has no problem, whatever the order of members and the metadata', () => {
  const reordered = { configuration: { n: 1 }, provider: 'p', type: 't', id: 'a', metadata: { seen: 'later' } }
  const log = [
    change(1, 1, null, document(1)),
    change(2, 2, reordered, document(2)),
    change(3, 3, document(2), null),
    change(4, 4, null, document(3)),
  ]
  expect(problemsOf(log, ['push/-/-/s/a'])).toEqual([])
})

test.each<[broken: string, log: readonly Change[], problems: readonly string[]]>([
  ['an offset is missing', [change(1, 1, null, document(1)), change(3, 2, document(1), document(2))], ['I8']],
  [
    'a change comes twice',
    [change(1, 1, null, document(1)), change(1, 1, null, document(1))],
    ['I8', 'I3', 'I3', 'I1'],
  ],
  ['a version is missing', [change(1, 1, null, document(1)), change(2, 3, document(1), document(2))], ['I3']],
  ['before is another document', [change(1, 1, null, document(1)), change(2, 2, document(7), document(2))], ['I3']],
  ['nothing has changed', [change(1, 1, null, document(1)), change(2, 2, document(1), document(1))], ['I4', 'I1']],
  [
    'a value that was sent is missing',
    [change(1, 1, null, document(1)), change(2, 2, document(1), document(3))],
    ['I1'],
  ],
  ['a delete that nobody announced', [change(1, 1, null, document(1)), change(2, 2, document(1), null)], ['I5']],
  ['a delete that has an after', [change(1, 1, null, document(1), { op: 'd' })], ['I3', 'I5']],
])('it finds a log in which %s', (_broken, log, problems) => {
  expect(problemsOf(log)).toEqual([...problems])
})

test('the announcement of a delete may come after it, and one without its delete is missed', () => {
  const log = [change(1, 1, null, document(1)), change(2, 2, document(1), null)]
  const model = new LogModel()
  for (const one of log) model.take(one)
  model.leaving('push/-/-/s/a')
  expect(model.differences(new Map())).toEqual([])
  model.leaving('push/-/-/s/a')
  expect(model.differences(new Map())).toEqual(['I1: push/-/-/s/a is gone, and the log lacks the delete'])
})

test('it finds what was acknowledged and is not there, and a snapshot that differs from the fold', () => {
  const model = new LogModel()
  model.take(change(1, 1, null, document(1)))
  expect(model.differences(new Map([['push/-/-/s/a', 1]]))).toEqual([])
  expect(model.differences(new Map([['push/-/-/s/a', 2]]))).toEqual([
    'I1: push/-/-/s/a was acknowledged at n 2, the log has 1',
  ])
  const item = { key: 'push/-/-/s/a', version: 1, resource: document(1) }
  model.compare([item])
  expect(model.problems).toEqual([])
  model.compare([{ ...item, resource: document(2) }])
  model.compare([{ ...item, version: 2 }])
  model.compare([])
  model.compare([item, { ...item, key: 'push/-/-/s/b' }])
  expect(model.problems.map((problem) => problem.slice(0, 2))).toEqual(['I7', 'I7', 'I7', 'I7'])
})
