import { expect, test } from 'bun:test'
import { type AttributableChange, type Attributed, awaitedBy, changeMadeAt } from './attribution.ts'
import type { Json } from './resource.ts'

const madeMs = Date.parse('2026-11-23T12:00:00Z')
const change = (actor: Json): AttributableChange => ({
  ...{ offset: 1, version: 2, observedAtMs: madeMs + 300, observedBeforeMs: madeMs - 60_000 },
  ...{ actor: actor === null ? null : JSON.stringify(actor), occurredAt: new Date(madeMs).toISOString(), header: '{}' },
})
const said = (actor: Json, occurredAtMs = madeMs + 400): Attributed => ({
  ...{ occurredAtMs, actor },
  event: { id: 'e', name: null, source: null },
})
const manager = { type: 'field_manager', name: 'kubectl-edit', operation: 'Update' }
const alice = (name: string) => ({ type: 'user', name: 'alice', manager: name })

test('a change that names its program alone gets the person who is said to have used it, in the same second', () => {
  const made = change(manager)
  expect(changeMadeAt([made], said(alice('kubectl-edit')))).toBe(made)
  expect(changeMadeAt([made], said(alice('helm')))).toBeNull()
  expect(changeMadeAt([made], said(alice('kubectl-edit'), madeMs + 5_000))).toBeNull()
  expect(changeMadeAt([made], said({ type: 'user', name: 'alice' }))).toBeNull()
})

test('a write that changed nothing is not taken for the delete that comes after it', () => {
  const deleted = change(null)
  expect(changeMadeAt([deleted], said(alice('kubectl-edit')))).toBeNull()
  expect(changeMadeAt([deleted], said({ type: 'user', name: 'alice' }))).toBe(deleted)
})

test('a change whose maker is a person waits for nobody', () => {
  expect(awaitedBy(change({ type: 'user', name: 'bob' }))).toBeNull()
})
