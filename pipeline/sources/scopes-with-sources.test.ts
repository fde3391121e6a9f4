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
  expect(scopesWithSources([committed], targets)).toMatchObject([{ status: 'fresh', source: { name: 'first' } }])
})

test('a scope of no source here has none, and one that only the runner knows is listed with its state', () => {
  const other = {
    ...target('test:x', 'backing_off', { error: 'it is down', failures: 2 }),
    scope: 'test/b/-/thing' as Scope,
  }
  expect(scopesWithSources([committed], [other])).toEqual([
    committed,
    expect.objectContaining({
      scope: 'test/b/-/thing',
      status: 'failing',
      errors: ['it is down'],
      source: expect.objectContaining({ state: 'backing_off', failures: 2 }),
    }),
  ])
})
