import { expect, test } from 'bun:test'
import { DatabaseSync } from 'node:sqlite'
import type { Scope } from '../../model/scope.ts'
import type { Partition } from './partition.ts'
import { partitionFiles } from './test-files.case.ts'

const files = partitionFiles()
const open = (name: string) => files.open(files.pathOf(name))
const scopeOf = (n: number) => `p/-/-/${n}` as Scope
const result = { complete: true, endedAtMs: 9_000, saidAtMs: 9_000, errors: [], warnings: [], attributes: null }

function scanIn(file: Partition, n: number): void {
  const scope = file.scope(scopeOf(n))
  file.beginScan(scope, `scan-${n}`, n)
  file.endScan(scope, result)
}

test('a file from before it was known which scan ended last is opened as it is, and knows of those that end from then on', () => {
  {
    using file = open('old')
    file.transaction(1, () => {
      for (const n of [1, 2]) scanIn(file, n)
    })
  }
  const db = new DatabaseSync(files.pathOf('old'))
  db.exec('DROP TABLE ended_scans')
  db.close()
  using file = open('old')
  expect(file.scope(scopeOf(1))).toMatchObject({ hadComplete: true, ended: null })
  file.transaction(2, () => scanIn(file, 1))
  using again = open('old')
  expect(again.scope(scopeOf(1)).ended).toEqual({ scan: 'scan-1', beganAtMs: 1, endedAtMs: 9_000 })
  expect(again.scope(scopeOf(2)).ended).toBeNull()
})

test('I10: which scan ended last is read back of scopes that are in memory no more', () => {
  using file = open('many')
  const count = 20_010
  file.transaction(1, () => {
    for (let n = 0; n < count; n++) scanIn(file, n)
  })
  for (const n of [0, 5, count - 1]) {
    expect(file.scope(scopeOf(n)).ended).toEqual({ scan: `scan-${n}`, beganAtMs: n, endedAtMs: 9_000 })
  }
})

test('a scan that is given up has not ended', () => {
  using file = open('given up')
  file.transaction(1, () => {
    scanIn(file, 1)
    file.beginScan(file.scope(scopeOf(1)), 'another', 7)
    file.abandonScan(file.scope(scopeOf(1)))
  })
  expect(file.scope(scopeOf(1)).ended).toEqual({ scan: 'scan-1', beganAtMs: 1, endedAtMs: 9_000 })
})

test('an earlier vaino can still write which scan ended last: after an upgrade there is a way back', () => {
  {
    using file = open('way back')
    file.transaction(1, () => scanIn(file, 1))
  }
  const db = new DatabaseSync(files.pathOf('way back'))
  db.prepare('INSERT OR REPLACE INTO ended_scans VALUES (?, ?, ?)').run(1, 'by the earlier one', 5)
  db.close()
  using file = open('way back')
  expect(file.scope(scopeOf(1)).ended).toMatchObject({ scan: 'by the earlier one', beganAtMs: 5 })
})
