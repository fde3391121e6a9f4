import { expect, test } from 'bun:test'
import { cpSync, renameSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Scope } from '../../model/scope.ts'
import type { Partition } from './partition.ts'
import { partitionFiles } from './test-files.case.ts'

const { pathOf: newPath, open } = partitionFiles()
const resource = { type: 't', provider: 'p' }
const change = (file: Partition, name: string) =>
  file.transaction(1, () => {
    const header = { id: name, ...resource }
    const draft = {
      ...{
        op: 'c' as const,
        reason: null,
        current: null,
        resourceName: name,
        uid: null,
        hashes: null,
        header,
        fields: [],
      },
      ...{ before: null, after: JSON.stringify(header) },
      envelope: { scan: null, observedAtMs: 1, occurredAt: null, actor: null },
    } as const
    file.record(file.scope('p/-/-/t' as Scope), draft, null)
  })

test('I1: after a clean stop the file is whole by itself, also while a reader has it open', () => {
  const path = newPath()
  const reader = (() => {
    using file = open(path)
    const reader = new DatabaseSync(path, { readOnly: true })
    change(file, 'a')
    expect(reader.prepare('SELECT count(*) AS n FROM changes').get()?.n).toBe(1)
    return reader
  })()
  expect(statSync(`${path}-wal`).size).toBe(0)
  const alone = newPath()
  cpSync(path, alone)
  const copy = new DatabaseSync(alone, { readOnly: true })
  expect(copy.prepare('SELECT count(*) AS n FROM changes').get()?.n).toBe(1)
  copy.close()
  reader.close()
})

test('I1: a write-ahead log that was lost or damaged after a crash is said loudly, and nothing is opened', () => {
  for (const harm of [
    (wal: string) => unlinkSync(wal),
    (wal: string) => writeFileSync(wal, Buffer.alloc(9_000, 0x5a)),
  ]) {
    const path = newPath()
    const crashed = newPath()
    {
      using file = open(path)
      for (const name of ['a', 'b', 'c']) change(file, name)
      for (const end of ['.sqlite', '.sqlite-wal', '.reached']) {
        cpSync(path.replace('.sqlite', end), crashed.replace('.sqlite', end))
      }
    }
    const wal = `${crashed}-wal`
    const saved = `${wal}.saved`
    cpSync(wal, saved)
    harm(wal)
    expect(() => open(crashed)).toThrow(/ends at change 0, and had come to 1: its write-ahead log/)
    renameSync(saved, wal)
    for (const end of ['.sqlite', '.sqlite-wal', '.reached'])
      expect(statSync(crashed.replace('.sqlite', end)).size).toBeGreaterThan(0)
  }
})

test('an older copy of the file alone is refused; without its mark it is opened', () => {
  const path = newPath()
  open(path)[Symbol.dispose]()
  const older = `${path}.older`
  cpSync(path, older)
  {
    using file = open(path)
    change(file, 'a')
  }
  cpSync(older, path)
  for (const end of ['-wal', '-shm']) rmSync(`${path}${end}`, { force: true })
  expect(() => open(path)).toThrow('had come to 1')
  unlinkSync(path.replace('.sqlite', '.reached'))
  using file = open(path)
  expect(file.head).toBe(0)
})

for (const age of ['just made', 'long untouched']) {
  test(`I1: a file that is removed or replaced while it is open, in a folder ${age}, takes no more acknowledgements`, () => {
    for (const removed of ['', '-wal']) {
      const path = newPath()
      using file = open(path)
      change(file, 'a')
      if (age === 'long untouched') utimesSync(dirname(path), 1_000_000, 1_000_000)
      change(file, 'b')
      change(file, 'c')
      renameSync(`${path}${removed}`, `${path}.away`)
      expect(() => change(file, 'd')).toThrow('was removed or replaced while vaino ran')
      writeFileSync(`${path}${removed}`, 'another')
      expect(() => change(file, 'e')).toThrow('was removed or replaced while vaino ran')
    }
  })
}

test('I1: a partition whose folder is moved away or removed takes no more acknowledgements', () => {
  for (const away of [
    (folder: string) => renameSync(folder, `${folder}.away`),
    (folder: string) => rmSync(folder, { recursive: true }),
  ]) {
    const path = newPath()
    using file = open(path)
    utimesSync(dirname(path), 1_000_000, 1_000_000)
    change(file, 'a')
    change(file, 'b')
    away(dirname(path))
    expect(() => change(file, 'c')).toThrow('was removed or replaced while vaino ran')
  }
})

test("a partition's files are for their owner's eyes", () => {
  const path = newPath()
  using file = open(path)
  change(file, 'a')
  for (const end of ['.sqlite', '.sqlite-wal', '.reached']) {
    expect(statSync(path.replace('.sqlite', end)).mode & 0o777).toBe(0o600)
  }
})
