import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { entryKind } from './entry-kind.ts'

const folder = mkdtempSync(join(tmpdir(), 'vaino-entries-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** An entry as a file system lists it that does not say the types of its entries. */
const no = () => false
const untyped = {
  ...{ isDirectory: no, isFile: no, isSymbolicLink: no, isFIFO: no, isSocket: no },
  ...{ isBlockDevice: no, isCharacterDevice: no },
}

test('an entry whose type the file system does not list is looked at', async () => {
  mkdirSync(join(folder, 'sub'))
  writeFileSync(join(folder, 'a.tfstate'), '{}')
  symlinkSync('a.tfstate', join(folder, 'link'))
  const kinds = ['sub', 'a.tfstate', 'link'].map((name) => entryKind(untyped, join(folder, name)))
  expect(await Promise.all(kinds)).toEqual(['folder', 'file', 'link'])
  expect(await entryKind({ ...untyped, isFIFO: () => true }, join(folder, 'not there'))).toBe('other')
  expect(entryKind(untyped, join(folder, 'not there'))).rejects.toThrow('ENOENT')
})
