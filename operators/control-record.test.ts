import { expect, test } from 'bun:test'
import { createRedactor } from '../model/redaction.ts'
import type { OperatorContext } from './batch.ts'
import { controlOf } from './control-record.ts'
import { begin, end, gone, nowMs, scope } from './test-partition.case.ts'

const context = { redactor: createRedactor(Buffer.from('salt')), nowMs: () => nowMs } as OperatorContext
const at = '2026-01-01T00:00:00Z'
const control = (record: object) =>
  controlOf(record as Parameters<typeof controlOf>[0], context, 7, () => 'how it begins')

test('a begin that states a time has it twice, as the scan’s time and as its own word; one that states none has this moment', () => {
  expect(control(begin('s', { observed_at: at }))).toEqual({
    ...{ kind: 'begin', scan: 's', observedAtMs: Date.parse(at), saidAtMs: Date.parse(at) },
  })
  expect(control(begin('s'))).toEqual({ kind: 'begin', scan: 's', observedAtMs: nowMs, saidAtMs: null })
})

test('what is gone belongs to no scan, whatever its record says, and keeps its time and its actor', () => {
  const record = { ...gone('a/b'), scan: 's', observed_at: at, occurred_at: at, actor: { name: 'someone' } }
  expect(control(record)).toEqual({
    kind: 'gone',
    id: 'a/b',
    envelope: {
      ...{ scan: null, observedAtMs: Date.parse(at), occurredAt: '2026-01-01T00:00:00.000Z' },
      actor: { name: 'someone' },
    },
  })
})

test('an end has its line and beginning along, for the dead letter that it may become', () => {
  expect(control(end('s', 3, { observed_at: at, attributes: { serial: 4 } }))).toEqual({
    ...{
      kind: 'end',
      scan: 's',
      complete: true,
      count: 3,
      unchanged: false,
      errors: [],
      warnings: [],
      attributes: { serial: 4 },
    },
    ...{ observedAtMs: Date.parse(at), saidAtMs: Date.parse(at), line: 7, preview: 'how it begins' },
  })
})

test('an end that states no count is not an end of zero resources', () => {
  expect(control({ kind: 'scan.end', scope, scan: 's', complete: true })).toMatchObject({ count: null, saidAtMs: null })
  expect(control(end('s', 0))).toMatchObject({ count: 0 })
})

test('errors, warnings, attributes and actors hold no secret', () => {
  const password = 'hunter2-planted-secret'
  const note = { message: 'denied', login: { password } }
  const ended = control(
    end('s', 0, { errors: [note], warnings: [`PGPASSWORD=${password} psql`], attributes: { password } }),
  )
  const removed = control({ ...gone('a'), actor: { password } })
  expect(JSON.stringify([ended, removed])).not.toContain(password)
  expect(ended).toMatchObject({ errors: [{ message: 'denied' }], warnings: [expect.stringContaining('psql')] })
})

test('a release says whether the held deletes happen', () => {
  for (const apply of [true, false]) {
    expect(control({ kind: 'hold.release', scope, apply })).toEqual({ kind: 'release', apply })
  }
})
