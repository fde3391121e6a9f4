import { expect, test } from 'bun:test'
import { DatabaseSync } from 'node:sqlite'
import { maxKnownEvents, maxWaiting, waitMs } from '../../model/attribution.ts'
import type { Scope } from '../../model/scope.ts'
import { PartitionReader } from '../reader/partition-reader.ts'
import type { WaitingAttribution } from '../replica.ts'
import { Partition } from './partition.ts'
import { ReplicaPartition } from './replica-partition.ts'
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
        file.takeWaiting(file.scope(scopeName), 'a', [0, 1_000], null)
        throw new Error('the worker dies')
      })
    expect(fails).toThrow('the worker dies')
  }
  using file = files.open(path)
  const scope = file.scope(scopeName)
  expect([file.waitingAttributions, file.knowsEvent(scope, 'a', 'e2')]).toEqual([1, true])
  expect(file.takeWaiting(scope, 'a', [501, 1_000], null)).toBeNull()
  expect(file.takeWaiting(scope, 'a', [0, 1_000], null)).toEqual(said('e2'))
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

test('I11: what waits with the owner waits in a copy of its file, and no more when its change has come, or too long ago', () => {
  const published: (WaitingAttribution | number)[] = []
  const nothing = () => undefined
  using owner = new Partition(files.settingsAt(files.pathOf('owner')), 'owner', {
    waiting: (attribution) => void published.push(attribution),
    waitingEnded: (number) => void published.push(number),
    ...{ change: nothing, attribution: nothing, state: nothing, deletion: nothing, scope: nothing, forgotten: nothing },
  })
  owner.transaction(1_000, () => {
    for (const event of ['taken', 'waits']) owner.awaitChange(owner.scope(scopeName), event, said(event))
  })
  owner.transaction(2_000, () => {
    expect(owner.takeWaiting(owner.scope(scopeName), 'taken', [0, 1_000], null)).toEqual(said('taken'))
  })
  owner.transaction(1_000 + waitMs, () => owner.awaitChange(owner.scope(scopeName), 'later', said('later')))
  expect(published).toEqual([
    { ...said('taken'), scope: scopeName, name: 'taken', number: 1, sinceMs: 1_000 },
    { ...said('waits'), scope: scopeName, name: 'waits', number: 2, sinceMs: 1_000 },
    1,
    { ...said('later'), scope: scopeName, name: 'later', number: 3, sinceMs: 1_000 + waitMs },
  ])

  /** What waits with who takes the partition over, after some of what was published; the first of it came twice. */
  const waitingAfter = (count: number): string[] => {
    const path = files.pathOf()
    {
      using copy = new ReplicaPartition(files.settingsAt(path), 'copy')
      copy.transaction(() => {
        for (const one of [...published.slice(0, 2), ...published.slice(0, count)]) {
          if (typeof one === 'number') copy.waitingEnded(one)
          else copy.waiting(one)
        }
      })
    }
    using next = files.open(path)
    const waiting = next.waitingAttributions
    const found = ['taken', 'waits', 'later'].flatMap((id) => {
      const attributed = next.takeWaiting(next.scope(scopeName), id, [0, 1_000], null)
      if (attributed !== null) expect(attributed).toEqual(said(id))
      return attributed === null ? [] : [id]
    })
    expect([waiting, next.waitingAttributions]).toEqual([found.length, 0])
    return found
  }
  expect([2, 3, 4].map(waitingAfter)).toEqual([['taken', 'waits'], ['waits'], ['later']])
})

test('I10: a copy has no more that wait than can wait, whatever numbers they bear', () => {
  using copy = new ReplicaPartition(files.settingsAt(files.pathOf('crowd')), 'copy')
  const numbered = (number: number): WaitingAttribution => {
    return { ...said(`w${number}`), scope: scopeName, name: `${number}`, number, sinceMs: 1_000 }
  }
  copy.transaction(() => {
    for (let number = 1; number <= maxWaiting + 3; number++) copy.waiting(numbered(number))
  })
  // Its owner has none any more, and counts from 1 again.
  copy.transaction(() => copy.waiting({ ...numbered(4), ...said('again') }))
  copy[Symbol.dispose]()
  using next = files.open(files.pathOf('crowd'))
  expect(next.waitingAttributions).toBe(maxWaiting)
  expect(next.knowsEvent(next.scope(scopeName), '4', 'w4')).toBe(false)
  expect(next.knowsEvent(next.scope(scopeName), '4', 'again')).toBe(true)
}, 60_000)
