import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { observed, scanOf, startTestServer, type TestServer, testScope } from '../../api/test-server.ts'
import type { Change } from '../../model/change.ts'
import { backupIds, readManifest } from '../../storage/backup/backup-manifest.ts'
import { packFolder } from '../../storage/backup/packs.ts'
import { desired, liveScopeOf, reading, scanOf as scanOfResources, stateScope } from '../drift/estate.case.ts'
import { checkBackup, listBackups, restoreBackup } from './restore-backup.ts'
import { takeBackup } from './take-backup.ts'

const root = mkdtempSync(join(tmpdir(), 'vaino-backup-'))
afterAll(() => rmSync(root, { recursive: true }))
let folders = 0
const newFolder = () => join(root, String(folders++))

const version = '0.0.0'
const serve = (dataDir: string): Promise<TestServer> => startTestServer({ engine: { dataDir } })

async function json<T>(server: TestServer, path: string): Promise<T> {
  const answer = await server.get(path)
  expect([path, answer.status]).toEqual([path, 200])
  return (await answer.json()) as T
}
const changesOf = async (server: TestServer, from = '-1') => {
  const { changes } = await json<{ changes: Change[] }>(server, `/v1/changes?offset=${from}&limit=10000`)
  return changes.map(({ id, op, key, version: of, fields }) => ({ id, op, key: key as string, version: of, fields }))
}
const scopesOf = (count: number) => Array.from({ length: count }, (_, n) => `p/a/-/kind${n}`)

test('I1: a backup that is taken under load has all that was acknowledged before it, and a restored node goes on from there', async () => {
  const [dataDir, to, restored] = [newFolder(), newFolder(), newFolder()]
  const scopes = scopesOf(12)
  const before: { id: string; key: string }[] = []
  {
    await using server = await serve(dataDir)
    for (const scope of scopes) await server.ingest(...scanOf('s1', ['a', 'b', 'c'], scope))
    before.push(...(await changesOf(server)))
    let isTaken = false
    let sent = 0
    const load = (async () => {
      for (let n = 0; !isTaken; n++, sent++) await server.ingest(observed('a', { n }, scopes[n % scopes.length]))
    })()
    await takeBackup({ dataDir, to, version })
    isTaken = true
    await load
    expect(sent).toBeGreaterThan(0)
  }
  await restoreBackup({ from: to }, { dataDir: restored, isSameLog: false })
  await using server = await serve(restored)
  const found = await changesOf(server)
  // What came while it was taken is in it, or is not: each partition is as of the cut.
  const ids = new Set(found.map(({ id }) => id))
  expect(before.filter(({ id }) => !ids.has(id))).toEqual([])
  const { cursor } = await json<{ cursor: string }>(server, '/v1/changes?offset=now')
  // Everything is as the scan finds it, but for what the load has changed and one that is gone.
  const last = new Map(found.map(({ key, op, version: of }) => [key, { op, of }]))
  const wanted: string[] = []
  for (const scope of scopes) {
    const wasChanged = last.get(`${scope}/a`)?.of !== 1
    if (wasChanged) wanted.push(`u ${scope}/a`)
    wanted.push(`d ${scope}/c`)
    await server.ingest(...scanOf('s2', ['a', 'b'], scope))
  }
  const after = await changesOf(server, cursor)
  expect(after.map(({ op, key }) => `${op} ${key}`).sort()).toEqual(wanted.sort())
})

test('cursors of before a restore are refused, unless the log is the same', async () => {
  const [dataDir, to] = [newFolder(), newFolder()]
  let cursor = ''
  {
    await using server = await serve(dataDir)
    cursor = await server.ingest(observed('a'))
    await takeBackup({ dataDir, to, version })
    // A change that only clients know of after a restore.
    await server.ingest(observed('a', { size: 2 }))
  }
  const statusAt = async (isSameLog: boolean) => {
    const restored = newFolder()
    await restoreBackup({ from: to }, { dataDir: restored, isSameLog })
    await using server = await serve(restored)
    const answer = await server.get(`/v1/changes?offset=${cursor}`)
    return [answer.status, ((await answer.json()) as { code?: string }).code]
  }
  expect(await statusAt(false)).toEqual([400, 'foreign_cursor'])
  expect(await statusAt(true)).toEqual([200, undefined])
})

test('baselines, drift and its log are there after a restore', async () => {
  const [dataDir, to, restored] = [newFolder(), newFolder(), newFolder()]
  const web = desired('toy_web.a', { size: 1 })
  let since: unknown
  const driftOf = async (server: TestServer) =>
    (await json<{ drift: { id: string; since: string; status: string }[] }>(server, '/v1/drift')).drift
  {
    await using server = await serve(dataDir)
    await server.ingest(
      ...scanOfResources(stateScope('app'), 's1', [web]),
      ...scanOfResources(liveScopeOf('app'), 'l1', [reading(web, { size: 1 })]),
    )
    await server.ingest(...scanOfResources(liveScopeOf('app'), 'l2', [reading(web, { size: 2 })]))
    const saved = await server.get('/v1/baselines', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"name":"monday","at":"now"}',
    })
    expect(saved.ok).toBe(true)
    await server.drift.whenCaughtUp()
    since = await driftOf(server)
    expect(since).toMatchObject([{ status: 'changed' }])
    await takeBackup({ dataDir, to, version })
  }
  await restoreBackup({ from: to }, { dataDir: restored, isSameLog: false })
  await using server = await serve(restored)
  expect(await driftOf(server)).toEqual(since as never)
  await server.ingest(...scanOfResources(liveScopeOf('app'), 'l3', [reading(web, { size: 3 })]))
  const { baselines } = await json<{ baselines: { name: string; cursor: string; expired: boolean }[] }>(
    server,
    '/v1/baselines',
  )
  expect(baselines).toMatchObject([{ name: 'monday', expired: false }])
  type Diff = { changes: { op: string; fields: { before: unknown; after: unknown }[] }[] }
  const { cursor: now } = await json<{ cursor: string }>(server, '/v1/changes?offset=now')
  const diff = await json<Diff>(server, `/v1/diff?from=${baselines[0]?.cursor}&to=${now}`)
  expect(diff.changes.map(({ op, fields }) => [op, fields[0]?.before, fields[0]?.after])).toEqual([['u', 2, 3]])
})

test('a second backup adds what has changed, --keep removes the oldest, and packs go with the last backup that needs them', async () => {
  const [dataDir, to] = [newFolder(), newFolder()]
  await using server = await serve(dataDir)
  const large = (n: number) => ({ n, text: Array.from({ length: 5_000 }, () => Math.random().toString(36)).join('') })
  await server.ingest(...Array.from({ length: 25 }, (_, n) => observed(`r${n}`, large(n))))
  const first = await takeBackup({ dataDir, to, version })
  expect(first.added_bytes).toBeGreaterThan(1_000_000)
  expect((await takeBackup({ dataDir, to, version })).added_bytes).toBe(0)
  await server.ingest(observed('one-more', { n: 1 }))
  const third = await takeBackup({ dataDir, to, version, keep: 2 })
  expect(third.removed).toBe(1)
  expect(third.added_bytes).toBeLessThan(first.added_bytes / 2)
  expect(listBackups(to).map(({ id }) => id.slice(0, 6))).toEqual(['000003', '000002'])
  for (const id of backupIds(to)) await checkBackup({ from: to, id })
  await takeBackup({ dataDir, to, version, keep: 1 })
  const [left = ''] = backupIds(to)
  expect(backupIds(to)).toHaveLength(1)
  expect(readdirSync(packFolder(to)).sort()).toEqual([...readManifest(to, left).packs].sort())
  await checkBackup({ from: to })
})

test('what can not be a backup, or a place to restore to, is refused with words, and nothing is written', async () => {
  const [dataDir, to, full] = [newFolder(), newFolder(), mkdtempSync(join(root, 'full-'))]
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    )
  expect(await refusal(takeBackup({ dataDir, to, version }))).toMatchObject({
    code: 'bad_input',
    message: expect.stringContaining(dataDir),
  })
  {
    await using server = await serve(dataDir)
    await server.ingest(observed('a'))
    expect(await refusal(takeBackup({ dataDir, to: join(dataDir, 'backups'), version }))).toMatchObject({
      code: 'bad_input',
      message: expect.stringContaining('lies in the data directory'),
    })
    await takeBackup({ dataDir, to, version })
  }
  writeFileSync(join(full, 'notes.txt'), 'ours')
  expect(await refusal(restoreBackup({ from: to }, { dataDir: full, isSameLog: false }))).toMatchObject({
    code: 'bad_input',
    message: expect.stringContaining('notes.txt'),
  })
  expect(readdirSync(full)).toEqual(['notes.txt'])
  expect(await refusal(takeBackup({ dataDir, to: full, version }))).toMatchObject({
    code: 'bad_input',
    message: expect.stringContaining('notes.txt'),
  })
  expect(await refusal(restoreBackup({ from: full }, { dataDir: newFolder(), isSameLog: false }))).toMatchObject({
    code: 'bad_input',
  })
  expect(
    await refusal(
      restoreBackup({ from: to, id: '000009-20260101T000000Z' }, { dataDir: newFolder(), isSameLog: false }),
    ),
  ).toMatchObject({ code: 'bad_input', hint: expect.stringContaining('--list') })
  const [id = ''] = backupIds(to)
  const path = join(to, 'backups', `${id}.json`)
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replace('"format":1', '"format":2'))
  expect(await refusal(checkBackup({ from: to }))).toMatchObject({
    code: 'storage_failed',
    message: expect.stringContaining('a later version'),
  })
  writeFileSync(path, text)
  const [pack = ''] = readdirSync(packFolder(to))
  const bytes = readFileSync(join(packFolder(to), pack))
  bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100)
  writeFileSync(join(packFolder(to), pack), bytes)
  expect(await refusal(checkBackup({ from: to }))).toMatchObject({
    code: 'storage_damaged',
    message: expect.stringContaining(pack),
  })
  truncateSync(join(packFolder(to), pack), 50)
  const half = newFolder()
  expect(await refusal(restoreBackup({ from: to }, { dataDir: half, isSameLog: false }))).toMatchObject({
    code: 'storage_damaged',
  })
  // What the restore has begun is no data directory.
  expect(await refusal(serve(half))).toMatchObject({
    code: 'storage_failed',
    message: expect.stringContaining('not restored to its end'),
  })
})

test('a stopped vaino is moved to another place by its backup, history included', async () => {
  const [dataDir, to, restored] = [newFolder(), newFolder(), newFolder()]
  {
    await using server = await serve(dataDir)
    await server.ingest(...scanOf('s1', ['a', 'b']))
  }
  await takeBackup({ dataDir, to, version })
  await restoreBackup({ from: to }, { dataDir: restored, isSameLog: true })
  await using server = await serve(restored)
  expect((await changesOf(server)).map(({ key }) => key).sort()).toEqual([`${testScope}/a`, `${testScope}/b`])
})
