import { expect, test } from 'bun:test'
import type { Change } from './change.ts'
import type { Json, ResourceHeader } from './resource.ts'
import { FlapFinder } from './rules-suggest.ts'
import type { Key } from './scope.ts'

const update = (id: string, ...fields: [path: string, before: Json, after: Json][]) => ({
  op: 'u' as const,
  key: `p/-/-/c/${id}` as Key,
  resource: { type: 'queue', id } as ResourceHeader,
  fields: fields.map(([path, before, after]): Change['fields'][number] => ({
    path,
    pointer: '',
    op: 'replace',
    before,
    after,
  })),
})

test('a field that goes to and fro is found, with how often and at how many resources', () => {
  const finder = new FlapFinder()
  for (let n = 0; n < 3; n++) {
    finder.add(update('a', ['configuration.rules[id=1].state', 'on', 'off']))
    finder.add(update('a', ['configuration.rules[id=1].state', 'off', 'on'], ['configuration.size', n, n + 1]))
  }
  finder.add(update('b', ['configuration.rules[id=2].state', 'on', 'off']))
  expect(finder.suggestions()).toEqual([
    { type: 'queue', path: 'rules.state', changes: 7, resources: 2, returns: 5, alone: 4 },
  ])
})

test('a field that moves on by itself is found by one resource, and many resources that move once are not', () => {
  const finder = new FlapFinder()
  for (let n = 0; n < 10; n++) finder.add(update('a', ['configuration.counter', n, n + 1]))
  for (let n = 0; n < 30; n++) finder.add(update(`r${n}`, ['tags.release', 'v1', 'v2']))
  expect(finder.suggestions().map(({ path }) => path)).toEqual(['counter'])
})

test('what a pattern would take for a wildcard is escaped', () => {
  const finder = new FlapFinder()
  for (let n = 0; n < 10; n++) finder.add(update('a', ['tags["a*b"]', n, n + 1]))
  expect(finder.suggestions()[0]?.path).toBe('tags.a\\*b')
})

test('what is followed is bounded, and what is more is counted', () => {
  const finder = new FlapFinder()
  for (let n = 0; n < 50_010; n++) finder.add(update(`r${n}`, ['configuration.x', 1, 2]))
  expect(finder.untracked).toBe(10)
})
