import { expect, test } from 'bun:test'
import type { Scope } from '../../model/scope.ts'
import type { ReplicaChange } from '../replica.ts'
import { ReplicaPartition } from './replica-partition.ts'
import { partitionFiles } from './test-files.case.ts'

const files = partitionFiles(true)
const open = () => new ReplicaPartition(files.settingsAt(files.pathOf('0')), 'owner')

const change = (offset: number, recordedAtMs: number): ReplicaChange => ({
  ...{ offset, recordedAtMs, observedAtMs: recordedAtMs, op: 'c', version: 1, prev: 0, prevAtMs: 0 },
  ...{ scan: null, reason: null, occurredAt: null, actor: null, header: '{}', fields: '[]', before: null },
  ...{ after: '{"id":"i","type":"t","provider":"p"}', scope: 'p/-/-/t' as Scope, name: `i-${offset}` },
})

test('I11: a crash between the changes and the states that were published with them leaves out no state', () => {
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
