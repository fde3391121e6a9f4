import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { storageErrorOf } from './storage-error.ts'

const thrownBy = (work: () => void): unknown => {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
/** A database of at most two pages, which is full at once. */
const fill = () => {
  using db = new DatabaseSync(':memory:')
  db.exec('PRAGMA max_page_count = 2; CREATE TABLE t (x)')
  db.prepare('INSERT INTO t VALUES (?)').run('x'.repeat(100_000))
}
const useClosed = () => {
  const db = new DatabaseSync(':memory:')
  db.close()
  db.exec('SELECT 1')
}
const prepare = (sql: string) => {
  using db = new DatabaseSync(':memory:')
  db.prepare(sql)
}

test('trouble with the disk is recognised by its code, so that it is waited for', () => {
  expect(storageErrorOf(thrownBy(fill), 'a file')?.code).toBe('storage_full')
  expect(
    storageErrorOf(
      thrownBy(() => writeFileSync('/dev/full', 'x')),
      'a file',
    )?.code,
  ).toBe('storage_full')
  const noFile = thrownBy(() => new DatabaseSync('/nowhere/a.sqlite'))
  expect(storageErrorOf(noFile, 'a file')?.code).toBe('storage_failed')
})

test('a defect is none, whatever its text says: it ends the worker instead of being tried without end', () => {
  const defects = [
    new Error('a database of such a disk is unknown'),
    new TypeError("undefined is not an object (evaluating 'database.sqlite')"),
    thrownBy(useClosed),
    thrownBy(() => prepare('SELECT * FROM database_of_the_disk')),
  ]
  for (const defect of defects)
    expect([String(defect), storageErrorOf(defect, 'a file')]).toEqual([String(defect), null])
})
