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
  const noFile = thrownBy(() => new DatabaseSync('/dev/null/a.sqlite'))
  expect(storageErrorOf(noFile, 'a file')?.code).toBe('storage_failed')
})

test('a disk that fails to read or write is named as that, and a file that may be whole is not called damaged', () => {
  const sqlite = Object.assign(new Error('disk I/O error'), { errcode: 10 })
  const system = Object.assign(new Error('EIO: i/o error, read'), { syscall: 'read', code: 'EIO' })
  for (const thrown of [sqlite, system]) {
    const error = storageErrorOf(thrown, 'a file')
    expect(error?.message).toContain(thrown.message)
    expect(error?.hint).toContain('Check the ')
    expect(`${error?.message} ${error?.hint}`).not.toMatch(/is damaged|backup/)
  }
  expect(storageErrorOf(sqlite, 'a file')).toMatchObject({
    code: 'storage_damaged',
    message: 'The disk failed at a file: disk I/O error',
  })
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
