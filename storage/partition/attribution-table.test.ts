import { expect, test } from 'bun:test'
import { DatabaseSync } from 'node:sqlite'
import { maxKnownEvents, maxWaiting } from '../../model/attribution.ts'
import type { Scope } from '../../model/scope.ts'
import { PartitionReader } from '../reader/partition-reader.ts'
import type { Partition } from './partition.ts'
import { partitionFiles } from './test-files.case.ts'

const files = partitionFiles()
const scopeName = 'p/-/-/t' as Scope
const hashes = { rawLo: 0, rawHi: 0, canonicalLo: 0, canonicalHi: 0 }
const said = (event: string, occurredAtMs = 500) => ({
  ...{ occurredAtMs, actor: { arn: 'ann' } },
  event: { id: event, name: 'Modify', source: null },
})

function observe(file: Partition, id: string, observedAtMs: number) {
  const scope = file.scope(scopeName)
  const current = file.find(scope, id)
  const header = { id, type: 't', provider: 'p', configuration: { at: observedAtMs } }
  return file.record(
    scope,
    {
      ...{ op: current === null ? 'c' : 'u', reason: null, current, resourceName: id, uid: null, hashes },
      envelope: { scan: null, observedAtMs, occurredAt: null, actor: null },
      ...{ header, fields: [], before: current && file.document(current), after: JSON.stringify(header) },
    },
    null,
  )
}

/** Two changes of `a`; the newest is made by somebody, as the last entry of the log says. */
function attributedFile(name: string): string {
  const path = files.pathOf(name)
  using file = files.open(path)
  file.transaction(1_000, () => {
    observe(file, 'a', 400)
    const resource = observe(file, 'a', 600)
    const [newest] = file.attributableChanges(resource)
    if (newest !== undefined) file.attribute(file.scope(scopeName), resource, newest, said('e1'))
  })
  return path
}

test('a file from before there were attributions is opened as it is, and takes them from then on', () => {
  const path = files.pathOf('old')
  {
    using file = files.open(path)
    file.transaction(1, () => observe(file, 'a', 1))
  }
  const db = new DatabaseSync(path)
  db.exec('DROP TABLE waiting_attributions; DROP TABLE attributed_events')
  db.close()
  using file = files.open(path)
  expect(file.waitingAttributions).toBe(0)
  file.transaction(2, () => file.awaitChange(file.scope(scopeName), 'a', said('e1')))
  expect(file.waitingAttributions).toBe(1)
})

test('an earlier vaino reads and writes the file: to it an entry is one of a resource that never was, and offsets have no gap', () => {
  const path = attributedFile('way back')
  const db = new DatabaseSync(path)
  // As it selects the log, and what it compares: the last row of each resource, with both its documents.
  const log = db
    .prepare(
      `SELECT changes.offset, op, changes.resource, actor, before, after, resources.state FROM changes
         JOIN resources ON resources.id = changes.resource JOIN scopes ON scopes.id = resources.scope ORDER BY changes.offset`,
    )
    .all()
  expect(log.map(({ offset }) => offset)).toEqual([1, 2, 3])
  const last = new Map(log.map((row) => [row.resource, row]))
  const differences = [...last.values()].filter(({ before, after }) => before !== null || after !== null)
  expect(differences.map(({ op, actor }) => [op, actor])).toEqual([['u', '{"arn":"ann"}']])
  expect(log.at(-1)).toMatchObject({ op: 'a', state: 0, before: null, after: null })
  expect(db.prepare('SELECT last FROM resources WHERE name = ?').get('a')?.last).toBe(2)
  // As it writes a change.
  db.prepare(
    `INSERT INTO changes SELECT 4, resource, 2, recorded_at, 'u', 3, recorded_at, 700, scan, reason, NULL, NULL, header, fields, after, after
       FROM changes WHERE offset = 2`,
  ).run()
  db.exec("UPDATE resources SET last = 4, version = 3 WHERE name = 'a'")
  db.close()
  using file = files.open(path)
  expect(file.head).toBe(4)
  const resource = file.find(file.scope(scopeName), 'a')
  expect(
    resource && [...file.attributableChanges(resource)].map(({ version, actor }) => [version, actor !== null]),
  ).toEqual([
    [3, false],
    [2, true],
    [1, false],
  ])
  using reader = new PartitionReader(path, 0, () => {})
  expect(reader.ascending(0, 4, 10).map(({ op, name, version }) => [op, name, version])).toEqual([
    ['c', 'a', 1],
    ['u', 'a', 2],
    ['a', 'a', 2],
    ['u', 'a', 3],
  ])
})

test('I2: what waits, and which events are known, is read back from the file; a transaction that fails leaves nothing of it', () => {
  const path = attributedFile('again')
  {
    using file = files.open(path)
    const scope = file.scope(scopeName)
    expect(file.knowsEvent(scope, 'a', 'e1')).toBe(true)
    expect(file.knowsEvent(scope, 'b', 'e1')).toBe(false)
    file.transaction(2_000, () => file.awaitChange(scope, 'a', said('e2')))
  }
  {
    using file = files.open(path)
    const fails = () =>
      file.transaction(3_000, () => {
        file.takeWaiting(file.scope(scopeName), 'a', [0, 1_000])
        throw new Error('the worker dies')
      })
    expect(fails).toThrow('the worker dies')
  }
  using file = files.open(path)
  const scope = file.scope(scopeName)
  expect([file.waitingAttributions, file.knowsEvent(scope, 'a', 'e2')]).toEqual([1, true])
  expect(file.takeWaiting(scope, 'a', [501, 1_000])).toBeNull()
  expect(file.takeWaiting(scope, 'a', [0, 1_000])).toEqual(said('e2'))
  expect(file.waitingAttributions).toBe(0)
})

test('I10: a bounded number waits and is known, the newest', () => {
  using file = files.open()
  file.transaction(1, () => {
    const scope = file.scope(scopeName)
    let dropped = 0
    for (let n = 0; n < maxWaiting + 3; n++) dropped += file.awaitChange(scope, 'a', said(`w${n}`))
    expect([dropped, file.waitingAttributions]).toEqual([3, maxWaiting])
    expect([file.knowsEvent(scope, 'a', 'w2'), file.knowsEvent(scope, 'a', 'w3')]).toEqual([false, true])
    const resource = observe(file, 'b', 1)
    const [change] = file.attributableChanges(resource)
    for (let n = 0; n < maxKnownEvents + 3; n++) {
      if (change !== undefined) file.attribute(scope, resource, change, said(`k${n}`))
    }
    expect([file.knowsEvent(scope, 'b', 'k2'), file.knowsEvent(scope, 'b', 'k3')]).toEqual([false, true])
  })
}, 60_000)
