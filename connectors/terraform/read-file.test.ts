import { describe, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { chmod, mkdir, open, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '../../test/terraform/temporary-folder.ts'
import { type FileOptions, readFile, UnsettledError } from './read-file.ts'

const options = (more: Partial<FileOptions> = {}): FileOptions => ({
  chunkBytes: 1024,
  reserve: () => true,
  release: () => {},
  signal: new AbortController().signal,
  ...more,
})
const streamed = options({ reserve: () => false })

async function textOf(path: string, how: FileOptions): Promise<string> {
  const parts: string[] = []
  for await (const chunk of readFile(path, how)) parts.push(Buffer.from(chunk).toString())
  return parts.join('')
}

const failure = async (path: string, how = options()): Promise<Error> => {
  try {
    await textOf(path, how)
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('no failure')
}

const content = `{"a": "${'x'.repeat(10_000)}"}\n`

describe('reading a file', () => {
  test('hands on its bytes, as a whole where there is room and in pieces where there is none', async () => {
    await using folder = await temporaryFolder()
    const path = await folder.write('s.tfstate', content)
    const room: number[] = []
    const counted = options({
      reserve: (bytes) => room.push(bytes) > 0,
      release: (bytes) => room.push(-bytes),
    })
    expect(await textOf(path, counted)).toBe(content)
    expect(room).toEqual([content.length, -content.length])
    expect(await textOf(path, streamed)).toBe(content)
  })

  test('never mixes two versions: what changes meanwhile is unsettled, whatever was handed on is of the first', async () => {
    await using folder = await temporaryFolder()
    const writes: ((path: string) => Promise<unknown>)[] = [
      (path) => writeFile(path, content.replaceAll('x', 'y')),
      (path) => truncate(path, 0),
      async (path) => {
        await using handle = await open(path, 'a')
        await handle.appendFile('more')
      },
      () => folder.replace('s.tfstate', content.replaceAll('x', 'y')),
    ]
    for (const write of writes) {
      const path = await folder.write('s.tfstate', content)
      const handed: string[] = []
      const reading = async () => {
        for await (const chunk of readFile(path, streamed)) {
          handed.push(Buffer.from(chunk).toString())
          if (handed.length === 3) await write(path)
        }
      }
      expect(await reading().catch((error: unknown) => error)).toBeInstanceOf(UnsettledError)
      expect(content).toStartWith(handed.join(''))
    }
  })

  test('waits for what is being written: just written, empty and half-written files are unsettled while they are young', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 's.tfstate')
    await writeFile(path, content)
    expect(await failure(path)).toBeInstanceOf(UnsettledError)
    const writtenAt = Date.now()
    await writeFile(path, content.slice(0, 5000))
    while (Date.now() - writtenAt < 100) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await failure(path)).toBeInstanceOf(UnsettledError)
    expect((await failure(path)).message).toBe('ends in the middle')
    await folder.write('s.tfstate', content.slice(0, 5000))
    expect(await textOf(path, options())).toBe(content.slice(0, 5000))
    await folder.write('s.tfstate', '')
    expect(await failure(path)).not.toBeInstanceOf(UnsettledError)
    expect((await failure(path)).message).toBe('is empty (0 bytes)')
  })

  test('says what is wrong with what can not be read', async () => {
    await using folder = await temporaryFolder()
    await mkdir(join(folder.path, 'folder.tfstate'))
    await symlink('circle.tfstate', join(folder.path, 'circle.tfstate'))
    spawnSync('mkfifo', [join(folder.path, 'pipe.tfstate')])
    const said = async (name: string) => (await failure(join(folder.path, name))).message
    expect(await said('missing.tfstate')).toBe('is gone')
    expect(await said('folder.tfstate')).toBe('is a folder')
    expect(await said('circle.tfstate')).toBe('cannot be read: its symbolic links go in a circle')
    expect(await said('pipe.tfstate')).toBe('is no regular file')
  })

  // Permissions do not bind root, so that the reader is made somebody else.
  test.skipIf(process.getuid?.() !== 0)('says so when permission is denied', async () => {
    await using folder = await temporaryFolder()
    await chmod(folder.path, 0o755)
    const path = await folder.write('s.tfstate', content)
    await chmod(path, 0o600)
    const script = `
      import { readFile } from ${JSON.stringify(join(import.meta.dir, 'read-file.ts'))}
      const options = { chunkBytes: 9, reserve: () => true, release: () => {}, signal: new AbortController().signal }
      try { for await (const _ of readFile(${JSON.stringify(path)}, options)); } catch (error) { console.log(error.message) }`
    const { stdout } = spawnSync(process.execPath, ['-e', script], { uid: 65534, gid: 65534, env: { HOME: '/' } })
    expect(stdout.toString().trim()).toBe('cannot be read: permission denied')
  })

  test('stops when its signal is aborted', async () => {
    await using folder = await temporaryFolder()
    const path = await folder.write('s.tfstate', content)
    const stop = new AbortController()
    const reading = async () => {
      for await (const _ of readFile(path, { ...streamed, signal: stop.signal })) stop.abort(new Error('stopped'))
    }
    await expect(reading()).rejects.toThrow('stopped')
  })
})
