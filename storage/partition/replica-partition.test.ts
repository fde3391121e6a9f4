import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scope } from '../../model/scope.ts'
import type { ReplicaChange } from '../replica.ts'
import { ReplicaPartition } from './replica-partition.ts'

const folder = mkdtempSync(join(tmpdir(), 'vaino-'))
afterAll(() => rmSync(folder, { recursive: true }))

const open = () =>
  new ReplicaPartition(
    {
      path: join(folder, '0.sqlite'),
      logId: '0123456789abcdef',
      partition: 0,
      pageCacheKiB: 1024,
      saltHex: 'ab',
      isCopy: true,
    },
    'owner',
  )

const change = (offset: number, recordedAtMs: number): ReplicaChange => ({
  ...{ offset, recordedAtMs, observedAtMs: recordedAtMs, op: 'c', version: 1, prev: 0, prevAtMs: 0 },
  ...{ scan: null, reason: null, occurredAt: null, actor: null, header: '{}', fields: '[]', before: null },
  ...{ after: '{"id":"i","type":"t","provider":"p"}', scope: 'p/-/-/t' as Scope, name: `i-${offset}` },
})

test('I11: a crash between the changes and the states that were told with them leaves out no state', () => {
  {
    using file = open()
    file.transaction(() => file.change(change(1, 1_000)))
  }
  {
    using file = open()
    expect(file.statesFrom).toEqual({ timeMs: 0 })
    file.transaction(() => file.statesReadTo(40))
    expect(file.statesFrom).toEqual({ offset: 40 })
    file.transaction(() => file.change(change(2, 90_000)))
  }
  using file = open()
  expect(file.head).toBe(2)
  expect(file.statesFrom).toEqual({ offset: 40 })
})
