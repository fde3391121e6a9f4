import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { until } from '../../api/test-server.ts'
import type { DataDirIdentity } from '../../storage/data-dir.ts'
import { openStateReader } from '../../storage/reader/open-state-reader.ts'
import { ServerProcess } from '../server-process.ts'
import { readHistories } from './key-histories.ts'
import { SmallDisk, whyNoSmallDisk } from './small-disk.ts'

const pageBytes = 16_384
const keys = 300

const fill = async (url: string) => {
  const records = Array.from({ length: keys }, (_, n) => ({
    kind: 'observed',
    scope: `push/-/-/things-${n % 8}`,
    resource: { id: `id-${n}`, type: 't', provider: 'p', configuration: { text: 'x'.repeat(2_000) } },
  }))
  const body = records.map((record) => JSON.stringify(record)).join('\n')
  expect((await fetch(`${url}/v1/ingest`, { method: 'POST', body })).status).toBe(200)
}
/** Moves what is in the write-ahead logs into the files, so that the files alone can be damaged. */
function checkpoint(dataDir: string): void {
  for (const name of readdirSync(path.join(dataDir, 'partitions'))) {
    if (!name.endsWith('.sqlite')) continue
    const db = new DatabaseSync(path.join(dataDir, 'partitions', name))
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    db.close()
  }
}
/** The files that differ from those of the good directory, and those that are missing. */
const damagedFiles = (): string[] =>
  ['identity.json', 'lock', 'partitions/0.sqlite', 'partitions/1.sqlite'].filter((name) => {
    const file = inDataDir(name)
    return !existsSync(file) || !readFileSync(file).equals(readFileSync(path.join(good, name)))
  })
const refusalOf = (server: ServerProcess): Promise<string> =>
  server.start().then(
    () => 'it started',
    (error: Error) => error.message,
  )

let server: ServerProcess
let good: string
let dataDir: string
const inDataDir = (...names: string[]) => path.join(dataDir, ...names)
beforeAll(async () => {
  server = new ServerProcess({ partitions: 2 })
  dataDir = server.dataDir
  good = path.join(server.folder, 'good')
  await server.start()
  await fill(server.url)
  expect(await server.stop()).toBe(0)
  checkpoint(dataDir)
  cpSync(dataDir, good, { recursive: true })
})
afterEach(async () => {
  await server.kill()
  rmSync(dataDir, { recursive: true, force: true })
  cpSync(good, dataDir, { recursive: true })
})
afterAll(() => server[Symbol.asyncDispose]())

const overwrite = (file: string, from: number, kept: number) => {
  const bytes = readFileSync(file)
  bytes.fill(0x5a, from, bytes.length - kept)
  writeFileSync(file, bytes)
}
/** Where the pages begin that hold nothing but rows: a start reads each table's and index's own page. */
function behindRoots(file: string): number {
  const db = new DatabaseSync(file, { readOnly: true })
  const pages = Number(db.prepare('SELECT max(rootpage) AS pages FROM sqlite_master').get()?.pages)
  db.close()
  return pages * pageBytes
}
const first = () => inDataDir('partitions', '0.sqlite')

const damages: readonly (readonly [string, () => void, RegExp])[] = [
  [
    'identity.json is cut off',
    () => writeFileSync(inDataDir('identity.json'), '{"format":1,'),
    /identity\.json is not a data directory's identity\n.*Restore/,
  ],
  [
    'identity.json is empty',
    () => writeFileSync(inDataDir('identity.json'), ''),
    /identity\.json is not a data directory's identity/,
  ],
  [
    'identity.json is of a later format',
    () => writeFileSync(inDataDir('identity.json'), readFileSync(inDataDir('identity.json'), 'utf8').replace('1', '2')),
    /identity\.json has format 2, of a later version of vaino; this one reads 1\n.*Run the version/,
  ],
  [
    'identity.json is gone',
    () => rmSync(inDataDir('identity.json')),
    /identity\.json is missing, and partitions\/\d\.sqlite is there/,
  ],
  [
    'the lock is garbage',
    () => writeFileSync(inDataDir('lock'), 'no database '.repeat(1_000)),
    /is damaged: file is not a database/,
  ],
  [
    'a partition is garbage',
    () => writeFileSync(first(), 'no database '.repeat(9_000)),
    /0\.sqlite is damaged: file is not a database/,
  ],
  ['a partition is empty', () => writeFileSync(first(), ''), /0\.sqlite is missing or empty/],
  ['a partition is gone', () => rmSync(first()), /0\.sqlite is missing or empty/],
  [
    'a partition is cut in half',
    () => writeFileSync(first(), readFileSync(first()).subarray(0, 12 * pageBytes)),
    /0\.sqlite is damaged/,
  ],
  ['the last pages of a partition are garbage', () => overwrite(first(), 10 * pageBytes, 0), /0\.sqlite is damaged/],
  [
    'a partition is that of another number',
    () => cpSync(inDataDir('partitions', '1.sqlite'), first()),
    /0\.sqlite holds .*"partition":1.*, not .*"partition":0.*\n.*belongs to another data directory/,
  ],
  [
    'a partition is that of another data directory',
    () => {
      const identity = JSON.parse(readFileSync(inDataDir('identity.json'), 'utf8'))
      writeFileSync(inDataDir('identity.json'), JSON.stringify({ ...identity, logId: 'f'.repeat(16) }))
    },
    /\.sqlite holds .*, not .*"logId":"f{16}".*\n.*belongs to another data directory/,
  ],
  [
    'it is a file',
    () => {
      rmSync(dataDir, { recursive: true })
      writeFileSync(dataDir, '')
    },
    /Can't use the data directory .*not a directory/,
  ],
]

describe('a data directory that cannot be used is refused with exit code 2, and not harmed further', () => {
  test.each(damages.map(([what, damage, said]) => ({ what, damage, said })))(
    'where $what',
    async ({ damage, said }) => {
      damage()
      const isFolder = statSync(dataDir).isDirectory()
      const damaged = isFolder ? damagedFiles() : []
      const refusal = await refusalOf(server)
      expect(refusal).toMatch(/^the server ended with code 2: /)
      expect(refusal).toMatch(said)

      // What was not damaged holds what it held, so that bringing back the damaged file is enough.
      if (!isFolder) return
      for (const name of damaged) {
        for (const file of [name, `${name}-wal`, `${name}-shm`]) rmSync(inDataDir(file), { force: true })
        cpSync(path.join(good, name), inDataDir(name))
      }
      const identity: DataDirIdentity = JSON.parse(readFileSync(inDataDir('identity.json'), 'utf8'))
      using reader = openStateReader(dataDir, identity, 60_000)
      expect([...reader.items(reader.head(), {})].filter((item) => item !== null).length).toBe(keys)
    },
  )

  test('where another process uses it, which goes on', async () => {
    await server.start()
    await using other = new ServerProcess({ data_dir: dataDir })
    const refusal = await refusalOf(other)
    expect(refusal).toMatch(/^the server ended with code 2: vaino: Another process uses the data directory/)
    expect(refusal).toMatch(
      /Stop that vaino, ask it over HTTP with --server, or name another directory with --data-dir/,
    )
    expect((await readHistories(server.url)).size).toBe(keys)
    await server.kill()
    await other.start()
    expect((await readHistories(other.url)).size).toBe(keys)
  })

  test('where a server is killed while it makes one: the next start finishes it', async () => {
    for (let n = 0; n < 3; n++) {
      rmSync(dataDir, { recursive: true })
      const starting = server.start().catch(() => null)
      await until('the directory is being made', () => readdirSync(server.folder).includes('data'))
      await new Promise((resolve) => setTimeout(resolve, n * 20))
      await server.kill()
      await starting
      await server.start()
      await fill(server.url)
      expect((await readHistories(server.url)).size).toBe(keys)
      await server.kill()
    }
  })
})

test('I12: damage that shows only while a file is read ends the server with exit code 2 and the file and what to do', async () => {
  overwrite(first(), behindRoots(first()), 6 * pageBytes)
  await server.start()
  const answers = await Promise.allSettled(
    Array.from({ length: 8 }, (_, n) => fetch(`${server.url}/v1/resources?scope=push%2F-%2F-%2Fthings-${n}`)),
  )
  const refused = answers.flatMap((one) => (one.status === 'fulfilled' && !one.value.ok ? [one.value] : []))
  for (const answer of refused) {
    const problem = await answer.json().catch(() => null)
    if (problem !== null) expect(problem).toMatchObject({ status: 503, code: 'storage_damaged' })
  }
  expect(await server.ended).toBe(2)
  expect(server.stderr).toMatch(/^vaino: .*0\.sqlite is damaged: database disk image is malformed\n.*Check the disk/m)
})

const whyNot = whyNoSmallDisk()
test.skipIf(whyNot !== null)(
  'a data directory that cannot be written is refused, and used when it can be',
  async () => {
    using disk = new SmallDisk(30_000_000)
    await using other = new ServerProcess({ data_dir: path.join(disk.path, 'data') })
    disk.makeReadOnly(true)
    expect(await refusalOf(other)).toMatch(/ended with code 2: vaino: Can't write to the data directory .*read-only/i)
    disk.makeReadOnly(false)
    mkdirSync(path.join(disk.path, 'data'))
    await other.start()
    await fill(other.url)
    await other.stop()
    disk.makeReadOnly(true)
    const refusal = await refusalOf(other)
    expect(refusal).toMatch(/ended with code 2: vaino: Can't write to /)
    expect(refusal).toMatch(/Make it writable for this user, or name another directory with --data-dir/)
    disk.makeReadOnly(false)
    await other.start()
    expect((await readHistories(other.url)).size).toBe(keys)
  },
)
afterAll(() => {
  if (whyNot !== null) console.warn(`SKIPPED what a read-only disk does: ${whyNot}`)
})
