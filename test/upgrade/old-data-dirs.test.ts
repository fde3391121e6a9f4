import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { startTestServer, type TestServer } from '../../api/test-server.ts'
import { restoreBackup } from '../../pipeline/backup/restore-backup.ts'
import { takeBackup } from '../../pipeline/backup/take-backup.ts'
import { type Answers, answersOf, type OldDataDir, oldDataDirs, readOldDataDir, unpack } from './old-data-dir.ts'

const root = mkdtempSync(path.join(tmpdir(), 'vaino-upgrade-'))
afterAll(() => rmSync(root, { recursive: true }))

/** The changes in it are of a day that a usual retention has left behind. */
const retention = { ageMs: 100 * 365 * 86_400_000, bytes: 1_000_000_000 }
const start = (dataDir: string): Promise<TestServer> => startTestServer({ engine: { dataDir, retention } })

function unpacked(name: string, folder: string): { dir: OldDataDir; dataDir: string } {
  const dir = readOldDataDir(name)
  const dataDir = path.join(root, folder)
  unpack(dir, dataDir)
  return { dir, dataDir }
}
const subnetScope = 'aws/111122223333/eu-west-1/aws_subnet'

async function newChanges(server: TestServer, cursor: string): Promise<string[]> {
  const { changes } = JSON.parse(await (await server.get(`/v1/changes?offset=${cursor}`)).text())
  return (changes as { op: string; key: string }[]).map(({ op, key }) => `${op} ${key.slice(key.lastIndexOf('/') + 1)}`)
}

/** It goes on where the earlier one has stopped: as if it had never been another. */
async function checkGoesOn(server: TestServer, { cursor, resources }: Answers): Promise<void> {
  const again = resources.map(({ scope, resource }) => ({ kind: 'observed', scope, resource }))
  await server.ingest(...again)
  expect(await newChanges(server, cursor)).toEqual([])
  const kept = resources.find(({ scope }) => scope === subnetScope)?.resource
  const scan = 'h3'
  await server.ingest(
    { kind: 'scan.begin', scope: subnetScope, scan },
    { kind: 'observed', scope: subnetScope, scan, resource: kept },
    { kind: 'scan.end', scope: subnetScope, scan, complete: true, count: 1 },
  )
  // Seen again by the records above, they are held anew; the second scan that misses them deletes.
  expect(await newChanges(server, cursor)).toEqual([])
  await server.ingest(
    { kind: 'scan.begin', scope: subnetScope, scan: 'h4' },
    { kind: 'observed', scope: subnetScope, scan: 'h4', resource: kept },
    { kind: 'scan.end', scope: subnetScope, scan: 'h4', complete: true, count: 1 },
  )
  const deleted = Array.from({ length: 7 }, (_, n) => `d sn-${n + 1}`)
  expect((await newChanges(server, cursor)).sort()).toEqual(deleted)
  const headers = { 'producer-id': 'sender', 'producer-epoch': '3', 'producer-seq': '0' }
  const repeated = await server.get('/v1/ingest', { method: 'POST', headers, body: JSON.stringify(again[0]) })
  expect(repeated.status).toBe(204)
  const { total } = JSON.parse(await (await server.get('/v1/resources?type=aws_subnet')).text())
  expect(total).toBe(1)
}

for (const name of oldDataDirs) {
  test(`I11: a data directory of the form ${name.replace('.json.zst', '')} is opened, answers as the vaino that made it, and goes on`, async () => {
    const { dir, dataDir } = unpacked(name, name)
    {
      await using server = await start(dataDir)
      expect(await answersOf(server.url)).toEqual(dir.answers)
    }
    await using server = await start(dataDir)
    await checkGoesOn(server, dir.answers)
  })

  test(`a backup of the form ${name.replace('.json.zst', '')}, taken before its upgrade, has all of it`, async () => {
    const { dir, dataDir } = unpacked(name, `${name}-backed-up`)
    const to = path.join(root, `${name}-backups`)
    const restored = path.join(root, `${name}-restored`)
    await takeBackup({ dataDir, to, version: '0' })
    await restoreBackup({ from: to }, { dataDir: restored, isSameLog: true })
    await using server = await start(restored)
    expect(await answersOf(server.url)).toEqual(dir.answers)
  })
}

test('the newest of the kept data directories has the present form: a new form is kept when it is made', async () => {
  const { dataDir } = unpacked(oldDataDirs.at(-1) ?? '', 'newest')
  const shapeOf = (folder: string) => {
    using db = new DatabaseSync(path.join(folder, 'partitions/0.sqlite'), { readOnly: true })
    return db
      .prepare('SELECT name FROM sqlite_master ORDER BY name')
      .all()
      .map(({ name }) => {
        const columns = db.prepare('SELECT name, type FROM pragma_table_info(?) ORDER BY name').all(String(name))
        return [name, columns.map((column) => `${column.name} ${column.type}`)]
      })
  }
  const fresh = path.join(root, 'fresh')
  await (await startTestServer({ engine: { dataDir: fresh, partitions: 1 } }))[Symbol.asyncDispose]()
  // Else: npx bun test/upgrade/make-data-dir.ts N-what-is-new
  expect(shapeOf(dataDir)).toEqual(shapeOf(fresh))
})
