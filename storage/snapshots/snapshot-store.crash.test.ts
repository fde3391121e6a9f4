import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listSnapshots, type StoreOptions } from './snapshot-store.ts'

const program = join(import.meta.dirname, 'saving-process.ts')

let store: StoreOptions
const folder = () => join(store.baseDir, 'snapshots')
const left = () => readdirSync(folder(), { encoding: 'utf8' })
const temporaries = () => left().filter((name) => name.endsWith('.tmp'))

beforeEach(() => {
  store = { baseDir: mkdtempSync(join(tmpdir(), 'vaino-test-')), workers: 2 }
  mkdirSync(folder())
})
afterEach(() => rmSync(store.baseDir, { recursive: true }))

const nameIn = (line: string) => line.replace('saved ', '')

/** Saves until it is killed in the middle of a file of at least so many bytes. @returns the names it said were safe */
async function saveUntilKilled(bytes: number): Promise<string[]> {
  const child = spawn(process.execPath, [program, store.baseDir, '4000', '1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const before = new Set(temporaries())
  const isWriting = () =>
    temporaries().some((name) => {
      if (before.has(name)) return false
      const status = statSync(join(folder(), name), { throwIfNoEntry: false })
      return status !== undefined && status.size >= bytes
    })
  while (!said.includes('\n') || !isWriting()) {
    if (child.exitCode !== null) throw new Error(`it ended by itself: ${said}`)
    await new Promise(setImmediate)
  }
  child.kill('SIGKILL')
  await once(child, 'close')
  return said
    .split('\n')
    .filter((line) => line.startsWith('saved '))
    .map(nameIn)
}

test('kill -9 in the middle of a save, eight times: what was said to be saved is whole, and nothing else is seen', async () => {
  const safe: string[] = []
  for (let round = 0; round < 8; round++) safe.push(...(await saveUntilKilled(round * 500_000)))
  const listed = await listSnapshots(store)
  for (const entry of listed) expect(entry).toMatchObject({ problem: null, resources: 4000 })
  const names = listed.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(safe))
  // A kill can fall between the rename and the word that it is done.
  expect(names.length - safe.length).toBeLessThanOrEqual(8)
  expect(temporaries().length).toBeGreaterThan(0)
}, 120_000)

describe('a disk that is full: the save fails, says so, leaves nothing of itself, and what was there stays', () => {
  /** One that fits, then one that doesn't, in a process for which `limit` has made room for one only. */
  function saveBeyond(limit: readonly string[], small: string, large: string) {
    const run = (resources: string) =>
      `${[process.execPath, program, store.baseDir, resources, '1'].map((word) => `'${word}'`).join(' ')}`
    const [command = '', ...words] = limit
    const script = words.at(-1) ?? ''
    const all = `${script}\n${run(small)}; ${run(large)}; ls -A '${folder()}' | sed 's/^/left /'`
    return spawnSync(command, [...words.slice(0, -1), all], { encoding: 'utf8' })
  }

  function expectOneSaved(stdout: string) {
    const lines = stdout.trim().split('\n')
    expect(lines).toEqual([
      expect.stringMatching(/^saved /),
      expect.stringMatching(/^failed storage_full .*cannot write it/),
      `left ${nameIn(lines[0] ?? '')}`,
    ])
  }

  test('by a limit on the size of files', () => {
    // The signal would end the process; ignored, the write fails as it does where the disk is full.
    const { stdout } = saveBeyond(['sh', '-c', "trap '' XFSZ; ulimit -f 2048"], '100', '4000')
    expectOneSaved(stdout)
  })

  const canMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', '/mnt']).status === 0
  if (!canMount) console.warn('skipped: a full file system (this machine lets nobody mount a tmpfs)')
  test.skipIf(!canMount)('by a file system of one megabyte', () => {
    const { stdout } = saveBeyond(
      ['unshare', '-rm', 'sh', '-c', `mount -t tmpfs -o size=1m tmpfs '${store.baseDir}'; mkdir '${folder()}'`],
      '100',
      '4000',
    )
    expectOneSaved(stdout)
  })
})
