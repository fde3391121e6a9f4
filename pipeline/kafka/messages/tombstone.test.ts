import { expect, test } from 'bun:test'
import type { Scope } from '../../../model/scope.ts'
import { readTombstone, tombstone } from './tombstone.ts'

const scope = 'a/b/c/d' as Scope
const deletion = { scope, name: 'i/1', version: 7, last: 42, firstSeenMs: 1_000, changedAtMs: 3_000, observedAtMs: -1 }
const written = tombstone(deletion, 3, 5_000)
const headersWith = (more: Readonly<Record<string, string | null>> = {}) =>
  Object.entries({ ...written.headers, ...more }).map(
    ([name, text]) => [name, text === null ? null : Buffer.from(text)] as const,
  )

test('a tombstone has no value, and says in its headers which change the delete was', () => {
  expect(written).toMatchObject({ to: 'state', key: 'a/b/c/d/i/1', value: null, timestampMs: 5_000 })
  expect(written.headers).toEqual({
    vaino_version: '7',
    vaino_change: '3-42',
    vaino_first_seen: '1970-01-01T00:00:01.000Z',
    vaino_changed_at: '1970-01-01T00:00:03.000Z',
    vaino_observed_at: '1969-12-31T23:59:59.999Z',
  })
})

test("an older vaino's tombstone, or another program's, says that the resource of its key is no more", () => {
  const removed = { kind: 'removed', resource: { scope, name: 'i/1' } } as const
  expect(readTombstone('a/b/c/d/i/1', [])).toEqual(removed)
  expect(readTombstone('a/b/c/d/i/1', [['__proto__', Buffer.from('odd')]])).toEqual(removed)
  expect(readTombstone('a/b/c/d/i/1', headersWith({ another: 'header' }))).toEqual({
    kind: 'deleted',
    resource: deletion,
  })
  expect(readTombstone('no resource', headersWith())).toBeNull()
})

test('I13: headers of which one is missing, or is not what vaino writes there, say nothing', () => {
  const names = Object.keys(written.headers)
  for (const name of names) {
    const others = headersWith().filter(([other]) => other !== name)
    for (const headers of [others, headersWith({ [name]: null }), headersWith({ [name]: 'odd' })]) {
      expect([name, readTombstone('a/b/c/d/i/1', headers)?.kind]).toEqual([name, 'removed'])
    }
  }
  for (const version of ['0', '-1', '1.5', '0x10', ' 7', '1'.repeat(16)]) {
    expect(readTombstone('a/b/c/d/i/1', headersWith({ vaino_version: version }))?.kind).toBe('removed')
  }
  for (const change of ['3', '3-0', '3-x', `3-${'1'.repeat(16)}`]) {
    expect(readTombstone('a/b/c/d/i/1', headersWith({ vaino_change: change }))?.kind).toBe('removed')
  }
})
