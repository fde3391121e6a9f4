import { expect, test } from 'bun:test'
import type { Scope } from '../../model/scope.ts'
import type { ScopeStatus, TargetState } from '../../model/status.ts'
import { scopesWithSources } from './scopes-with-sources.ts'
import type { TargetStatus } from './status.ts'

const scope = 'test/a/-/thing' as Scope
const committed: ScopeStatus = {
  scope,
  status: 'fresh',
  last_attempt_at: null,
  last_complete_at: null,
  last_change_at: null,
  gone_since: null,
  resources: 1,
  errors: [],
  warnings: [],
  attributes: {},
  held: null,
}
const target = (name: string, state: TargetState, more: Partial<TargetStatus> = {}): TargetStatus => ({
  scope,
  name,
  state,
  since: '2026-01-01T00:00:00.000Z',
  observed: 0,
  failures: 0,
  error: null,
  ...more,
})

test('a scope says which source reads it, not which other source claims it too', () => {
  const targets = [target('second', 'not_ours', { error: 'taken' }), target('first', 'due')]
  expect([...scopesWithSources([committed], targets)]).toMatchObject([{ status: 'fresh', source: { name: 'first' } }])
})

test('a scope of no source here has none, and one that only the runner knows is listed with its state', () => {
  const other = {
    ...target('test:x', 'backing_off', { error: 'it is down', failures: 2 }),
    scope: 'test/b/-/thing' as Scope,
  }
  expect([...scopesWithSources([committed], [other])]).toEqual([
    committed,
    expect.objectContaining({
      scope: 'test/b/-/thing',
      status: 'failing',
      errors: ['it is down'],
      source: expect.objectContaining({ state: 'backing_off', failures: 2 }),
    }),
  ])
})

test('scopes that only the runner knows stand in the order of all, and none comes twice in the pages', () => {
  const named = (name: string) => ({ ...committed, scope: `test/${name}/-/thing` as Scope })
  const targets = ['0', 'a', 'b', 'd'].map((name) => ({ ...target('s', 'due'), scope: named(name).scope }))
  const scopesOf = (after: string) => {
    const committedAfter = [named('a'), named('c')].filter(({ scope: each }) => each > after)
    return [...scopesWithSources(committedAfter, targets, after)].map(({ scope: each }) => each.split('/')[1])
  }
  expect(scopesOf('')).toEqual(['0', 'a', 'b', 'c', 'd'])
  expect(scopesOf(named('b').scope)).toEqual(['c', 'd'])
})
