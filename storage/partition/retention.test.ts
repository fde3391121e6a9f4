import { expect, test } from 'bun:test'
import { DatabaseSync } from 'node:sqlite'
import type { Scope } from '../../model/scope.ts'
import type { Partition } from './partition.ts'
import { partitionFiles } from './test-files.case.ts'

const files = partitionFiles()
const open = (name: string) => files.open(files.pathOf(name))

/** 100 characters of two UTF-16 units and four bytes each, in quotes. */
const document = JSON.stringify('😀'.repeat(100))
const bytesOfOne = 402 + '[]'.length

function create(file: Partition, id: string): void {
  file.record(
    file.scope('p/-/-/a' as Scope),
    {
      ...{ op: 'c', reason: null, current: null, resourceName: id, uid: null, hashes: null, fields: [] },
      envelope: { scan: null, observedAtMs: 1, occurredAt: null, actor: null },
      header: { id, type: 't', provider: 'p' },
      ...{ before: null, after: document },
    },
    null,
  )
}
/** Whether retention with this limit, in bytes, drops history. */
function isDroppedAt(file: Partition, maxBytes: number): boolean {
  const { floor } = file
  file.transaction(1, () => file.expire(0, maxBytes))
  return file.floor > floor
}

test('history is kept while it has no more bytes than it may, and what is dropped counts for as much as when it was recorded', () => {
  using file = open('bytes')
  file.transaction(1, () => {
    for (const id of ['a', 'b', 'c']) create(file, id)
  })
  expect(isDroppedAt(file, 3 * bytesOfOne)).toBe(false)
  expect(isDroppedAt(file, 3 * bytesOfOne - 1)).toBe(true)
  file.transaction(1, () => create(file, 'd'))
  expect(isDroppedAt(file, bytesOfOne)).toBe(false)
  expect(isDroppedAt(file, bytesOfOne - 1)).toBe(true)
})

test('a file whose count an earlier vaino kept, in other units, is counted anew when it is opened', () => {
  {
    using file = open('earlier')
    file.transaction(1, () => {
      for (const id of ['a', 'b']) create(file, id)
    })
  }
  const db = new DatabaseSync(files.pathOf('earlier'))
  db.exec("DELETE FROM meta WHERE name LIKE 'history%'; INSERT INTO meta VALUES ('history_bytes', '999999')")
  db.close()
  using file = open('earlier')
  expect(isDroppedAt(file, 2 * bytesOfOne)).toBe(false)
  using again = open('earlier')
  expect(isDroppedAt(again, 2 * bytesOfOne)).toBe(false)
  expect(isDroppedAt(again, 2 * bytesOfOne - 1)).toBe(true)
})
