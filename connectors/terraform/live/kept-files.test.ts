import { expect, test } from 'bun:test'
import { chmod, mkdir, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { temporaryFolder } from '../../../test/terraform/temporary-folder.ts'
import { KeptFiles, keptFiles } from './kept-files.ts'

const bounds = { files: 3, bytes: 1000 }
const bytes = (text: string): Uint8Array[] => [Buffer.from(text)]
const read = async (kept: KeptFiles, key: string): Promise<string | null> => {
  const found = await kept.read(key, 0, 1000)
  return found && Buffer.from(found).toString()
}

test('what one process keeps another one reads, whole or in part, until it is replaced', async () => {
  await using folder = await temporaryFolder()
  const kept = new KeptFiles(`${folder.path}/a/b`, bounds)
  expect(await read(kept, 'x')).toBeNull()
  expect(await kept.write('x', [...bytes('one '), ...bytes('two')])).toBe(true)
  const other = new KeptFiles(`${folder.path}/a/b`, bounds)
  expect(await read(other, 'x')).toBe('one two')
  expect(await other.read('x', 4, 2)).toEqual(Buffer.from('tw'))
  expect(await other.read('x', 40, 2)).toEqual(Buffer.alloc(0))
  await other.write('x', bytes('three'))
  expect(await read(kept, 'x')).toBe('three')
})

test('the oldest files go beyond a number of files, and beyond a number of bytes', async () => {
  await using folder = await temporaryFolder()
  const kept = new KeptFiles(folder.path, bounds)
  const keys = ['a', 'b', 'c', 'd']
  const age = async (seconds: number) => {
    for (const name of await readdir(folder.path)) await utimes(path.join(folder.path, name), seconds, seconds)
  }
  for (const [at, key] of keys.entries()) {
    const before = new Set(await readdir(folder.path))
    await kept.write(key, bytes(key))
    for (const name of await readdir(folder.path))
      if (!before.has(name)) await utimes(path.join(folder.path, name), 1000 + at, 1000 + at)
  }
  expect(await Promise.all(keys.map((key) => read(kept, key)))).toEqual([null, 'b', 'c', 'd'])
  await age(1000)
  await kept.write('large', bytes('x'.repeat(998)))
  expect(await readdir(folder.path)).toHaveLength(3)
  await age(1000)
  await kept.write('larger', bytes('x'.repeat(1000)))
  expect(await readdir(folder.path)).toHaveLength(1)
})

test('what a killed process was writing is removed after an hour, and nothing of it is read', async () => {
  await using folder = await temporaryFolder()
  const old = await folder.write('1.new', 'half')
  await utimes(old, 1, 1)
  await folder.write('2.new', 'half')
  await new KeptFiles(folder.path, bounds).write('a', bytes('a'))
  expect((await readdir(folder.path)).filter((name) => name.endsWith('.new'))).toEqual(['2.new'])
})

test('a file or a folder that others can write is not believed, nor is a link', async () => {
  await using folder = await temporaryFolder()
  const kept = new KeptFiles(folder.path, bounds)
  await kept.write('a', bytes('a'))
  const file = path.join(folder.path, (await readdir(folder.path))[0] ?? '')
  await chmod(file, 0o666)
  expect(await read(kept, 'a')).toBeNull()
  await rm(file)
  await writeFile(`${folder.path}/elsewhere`, 'planted', { mode: 0o600 })
  await symlink(`${folder.path}/elsewhere`, file)
  expect(await read(kept, 'a')).toBeNull()
  await mkdir(`${folder.path}/open`)
  await chmod(`${folder.path}/open`, 0o777)
  expect(await new KeptFiles(`${folder.path}/open`, bounds).write('a', bytes('a'))).toBe(false)
})

test('where nothing can be written nothing is kept, without an error', async () => {
  await using folder = await temporaryFolder()
  const file = await folder.write('file', '')
  for (const kept of [new KeptFiles(`${file}/below`, bounds), new KeptFiles(null, bounds)]) {
    expect(await kept.write('a', bytes('a'))).toBe(false)
    expect(await read(kept, 'a')).toBeNull()
  }
})

test('the folder is the one that the user names, else the place for such files', async () => {
  await using folder = await temporaryFolder()
  const there = async (environment: Record<string, string>) => {
    await keptFiles('provider-hashes', environment).write('a', bytes('a'))
    const all = await readdir(folder.path, { recursive: true })
    return all.filter((name) => /[0-9a-f]{40}$/.test(name)).map((name) => path.dirname(name))
  }
  const HOME = `${folder.path}/home`
  const own = process.platform === 'darwin' ? 'home/Library/Caches' : 'home/.cache'
  expect(await there({ HOME, VAINO_CACHE_DIR: '' })).toEqual([])
  expect(await there({ HOME, XDG_CACHE_HOME: 'relative' })).toEqual([`${own}/vaino/provider-hashes`])
  expect(await there({ HOME, XDG_CACHE_HOME: `${folder.path}/xdg` })).toContain('xdg/vaino/provider-hashes')
  expect(await there({ HOME, VAINO_CACHE_DIR: `${folder.path}/named` })).toContain('named/provider-hashes')
})
