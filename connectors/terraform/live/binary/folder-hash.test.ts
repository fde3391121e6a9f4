import { expect, setDefaultTimeout, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import { cp, readdir, rename, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type TemporaryFolder, temporaryFolder } from '../../../../test/terraform/temporary-folder.ts'
import { until } from '../provider/test-processes.ts'

setDefaultTimeout(60_000)

const modules = ['folder-hash.ts', '../kept-files.ts'].map((name) => fileURLToPath(new URL(name, import.meta.url)))

/** What a process that begins anew says of a folder. @param right the hashes of the lock file; null: any */
function hashInProcess(folder: TemporaryFolder, right: readonly string[] | null = null): string {
  const [hash, kept] = modules.map((module) => JSON.stringify(module))
  const script = `
    const { folderHash } = await import(${hash})
    const { keptFiles } = await import(${kept})
    const right = ${JSON.stringify(right)}
    const options = { kept: keptFiles('provider-hashes', process.env), isRight: (one) => right === null || right.includes(one) }
    process.stdout.write(await folderHash(${JSON.stringify(`${folder.path}/provider`)}, new AbortController().signal, options))`
  const env = { ...process.env, VAINO_CACHE_DIR: `${folder.path}/cache` }
  return execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' })
}

/** A provider's folder whose times can be told apart from those of what is written next. */
async function settled(folder: TemporaryFolder): Promise<string> {
  const file = await folder.write('provider/terraform-provider-thing', 'right')
  await until(async () => Date.now() - (await stat(file)).ctimeMs > 2100)
  return file
}

/** Puts another hash in the place of the one that was kept. */
async function plant(folder: TemporaryFolder, hash: string): Promise<void> {
  const kept = `${folder.path}/cache/provider-hashes`
  const [name = ''] = await readdir(kept)
  const [identities] = JSON.parse(await Bun.file(path.join(kept, name)).text())
  await writeFile(path.join(kept, name), JSON.stringify([identities, hash]))
}

test('the next process takes the hash of an unchanged folder from the disk', async () => {
  await using folder = await temporaryFolder()
  await settled(folder)
  const hash = hashInProcess(folder)
  expect(hash).toMatch(/^h1:/)
  await plant(folder, 'h1:of-the-disk')
  expect(hashInProcess(folder)).toBe('h1:of-the-disk')
  // The lock file has the last word: what would be refused is worked out first.
  expect(hashInProcess(folder, [hash])).toBe(hash)
  expect(hashInProcess(folder)).toBe(hash)
})

test('a file that was changed is hashed anew, though its size and its time are the same', async () => {
  await using folder = await temporaryFolder()
  const file = await settled(folder)
  const right = hashInProcess(folder)
  const { atime, mtime } = await stat(file)
  await writeFile(file, 'wrong')
  await utimes(file, atime, mtime)
  const wrong = hashInProcess(folder)
  expect(wrong).not.toBe(right)
  await cp(file, `${folder.path}/copy`, { preserveTimestamps: true })
  await writeFile(`${folder.path}/copy`, 'right')
  await utimes(`${folder.path}/copy`, atime, mtime)
  await rename(`${folder.path}/copy`, file)
  expect(hashInProcess(folder)).toBe(right)
  await folder.write('provider/LICENSE', 'MPL')
  expect(hashInProcess(folder)).not.toBe(right)
})

test('a file that may be written again within the same time is not kept, and what is damaged says nothing', async () => {
  await using folder = await temporaryFolder()
  const file = await folder.write('provider/terraform-provider-thing', 'right')
  const right = hashInProcess(folder)
  expect(await readdir(folder.path)).not.toContain('cache')
  await until(async () => Date.now() - (await stat(file)).ctimeMs > 2100)
  hashInProcess(folder)
  const kept = `${folder.path}/cache/provider-hashes`
  const [name = ''] = await readdir(kept)
  for (const damaged of ['', '{', '[]', 'null', '["x",7]']) {
    await writeFile(path.join(kept, name), damaged)
    expect(hashInProcess(folder)).toBe(right)
  }
})
