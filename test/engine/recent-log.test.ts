import { expect, test } from 'bun:test'
import path from 'node:path'
import fc from 'fast-check'
import type { Cursor } from '../../model/cursor.ts'
import type { DataDirIdentity } from '../../storage/data-dir.ts'
import { openStateReader } from '../../storage/reader/open-state-reader.ts'
import type { StateReader } from '../../storage/state-reader.ts'
import { runs } from '../property.ts'
import { PartitionDriver } from './partition-driver.ts'

const scopes = ['aws/1/eu-west-1/vm', 'push/-/-/a', 'push/-/-/b'] as const
const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`
const scope = fc.constantFrom(...scopes)
const id = fc.constantFrom('a', 'b', 'c')
const record = fc.oneof(
  fc.record({ kind: fc.constant('observed' as const), scope, id, n: fc.nat(3), second: fc.nat(30) }),
  fc.record({ kind: fc.constant('gone' as const), scope, id }),
  fc.record({ kind: fc.constant('attributed' as const), scope, id, second: fc.nat(30), event: fc.nat(20) }),
)
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('apply' as const),
      records: fc.array(record, { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'reopen' as const }, { kind: 'unheard' as const }) },
)

const recordOf = (one: typeof record extends fc.Arbitrary<infer R> ? R : never): object => {
  const { kind, scope, id } = one
  if (kind === 'gone') return { kind, scope, id }
  if (kind === 'attributed') {
    const event = { id: `e${one.event}`, name: 'ModifyInstance', source: 'ec2' }
    return { kind, scope, id, occurred_at: at(one.second), actor: { type: 'user', id: 'ann' }, event }
  }
  const resource = { id, type: 'vm', provider: 'aws', configuration: { n: one.n } }
  return { kind, scope, observed_at: at(one.second), resource }
}

/** Reads what the files alone have. */
function readFiles(driver: PartitionDriver): StateReader {
  const folder = path.dirname(path.dirname(driver.paths[0] ?? ''))
  const identity = { logId: driver.reader.logId, partitions: driver.partitions } as DataDirIdentity
  return openStateReader(folder, identity, 60_000)
}

const texts = (reader: StateReader, partition: number, after: number, through: number, limit: number) =>
  reader.changes(partition, after, through, limit).map((entry) => entry.toJson('' as Cursor))

test('I8: what was handed over with the commits is what the log has, entry for entry, also behind a gap and after a crash', () => {
  let handedOver = 0
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 25 }),
      fc.nat(5),
      fc.integer({ min: 1, max: 9 }),
      (steps, back, limit) => {
        using driver = new PartitionDriver()
        const committed = driver.recent.committed.bind(driver.recent)
        let isUnheard = false
        driver.recent.committed = (partition, head, rows) => {
          handedOver += rows.length
          committed(partition, head, isUnheard ? [] : rows)
        }
        driver.recent.demand.ask()
        using files = readFiles(driver)
        for (const one of steps) {
          if (one.kind === 'reopen') driver.reopen()
          else if (one.kind === 'unheard') isUnheard = !isUnheard
          else for (const record of one.records) driver.apply(record.scope, [recordOf(record)])
          for (const [partition, head] of files.head().entries()) {
            const after = Math.max(0, head - back)
            // A part of them, as a follower that asks again for the rest gets them.
            const got = texts(driver.reader, partition, after, head, limit)
            expect(got).toEqual(texts(files, partition, after, head, got.length))
            if (head > after) expect(got.length).toBeGreaterThan(0)
          }
        }
      },
    ),
    runs(25),
  )
  expect(handedOver).toBeGreaterThan(100)
})

test('nothing is handed over where nobody has asked for a while, and too much is left to the file', () => {
  using driver = new PartitionDriver()
  const rows: number[] = []
  driver.recent.committed = (_partition, _head, handed) => void rows.push(handed.length)
  const observed = (id: string, text: string) => {
    driver.apply('push/-/-/a', [
      { kind: 'observed', scope: 'push/-/-/a', resource: { id, type: 't', provider: 'p', configuration: { text } } },
    ])
  }
  observed('unasked', 'x')
  driver.recent.demand.ask()
  observed('asked', 'x')
  const many = Array.from({ length: 1_001 }, (_, n) => ({
    ...{ kind: 'observed', scope: 'push/-/-/a' },
    resource: { id: `many-${n}`, type: 't', provider: 'p' },
  }))
  driver.apply('push/-/-/a', many)
  observed('after', 'x')
  expect(rows).toEqual([0, 1, 0, 1])
})
