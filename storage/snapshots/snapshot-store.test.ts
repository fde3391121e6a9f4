import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseScope } from '../../model/scope.ts'
import type { ScopedResource } from './scoped-resources.ts'
import { SnapshotFile } from './snapshot-file.ts'
import { snapshotName } from './snapshot-name.ts'
import {
  findSnapshot,
  listSnapshots,
  type SnapshotSource,
  type StoreOptions,
  saveSnapshot,
  saveSnapshots,
} from './snapshot-store.ts'

let store: StoreOptions
const folder = () => join(store.baseDir, 'snapshots')
const left = () => readdirSync(folder())

beforeEach(() => {
  store = { baseDir: join(mkdtempSync(join(tmpdir(), 'vaino-test-')), 'not-there-yet'), workers: 3 }
})
afterEach(() => rmSync(join(store.baseDir, '..'), { recursive: true }))

const scope = parseScope('terraform/infra%2Fprod.tfstate/-/state')
const resource = (id: string): ScopedResource => ({
  scope,
  json: Buffer.from(
    JSON.stringify({ id, type: 'aws_instance', provider: 'aws', configuration: { text: 'x'.repeat(100) } }),
  ),
})

function source(batches: AsyncIterable<readonly ScopedResource[]>, takenAt = new Date()): SnapshotSource {
  return { origin: { version: 'vaino/test', takenAt, cursor: () => 'AQcursor' }, resources: batches }
}
async function* resources(...ids: string[]) {
  yield ids.map(resource)
}

test('what is saved can be listed, and read with the keys it had', async () => {
  const takenAt = new Date('2026-11-23T12:00:00.123Z')
  const saved = await saveSnapshot(store, source(resources('a["1"]', 'b'), takenAt))
  expect(saved).toMatchObject({ resources: 2, path: join(folder(), saved.name) })
  expect(saved.name).toMatch(/^2026-11-23T12-00-00\.\d{3}Z-[0-9a-f]{12}\.json$/)
  expect(await listSnapshots(store)).toEqual([
    {
      name: saved.name,
      path: saved.path,
      bytes: saved.bytes,
      taken_at: '2026-11-23T12:00:00.123Z',
      problem: null,
      id: `vaino-${saved.name.replace('.json', '')}`,
      timestamp: '2026-11-23T12:00:00.123Z',
      provider: 'terraform',
      cursor: 'AQcursor',
      resources: 2,
    },
  ])
  await using file = await SnapshotFile.open(saved.path)
  const keys: string[] = []
  await file.scan({ resource: (key) => keys.push(Buffer.from(key.bytes.subarray(0, key.length)).toString()) })
  expect(keys).toEqual([`${scope}/a["1"]`, `${scope}/b`])
})

test('what is saved has the shape of the files of VAINO', async () => {
  const { path } = await saveSnapshot(store, source(resources('a')))
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    id: expect.any(String),
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    provider: 'terraform',
    resources: [{ id: 'a', type: 'aws_instance', provider: 'aws', configuration: { text: 'x'.repeat(100) }, scope }],
    metadata: { collector_version: 'vaino/test', resource_count: 1, tags: { cursor: 'AQcursor' } },
  })
})

test('a hundred saves in one millisecond are a hundred files, in the order of their saving', async () => {
  const takenAt = new Date()
  const saved = []
  for (let n = 0; n < 100; n++) saved.push(await saveSnapshot(store, source(resources(`${n}`), takenAt)))
  const names = saved.map(({ name }) => name)
  expect(new Set(names).size).toBe(100)
  expect(names.toSorted()).toEqual(names)
  expect(await listSnapshots(store)).toHaveLength(100)
})

test('names sort by time even when the clock is set back', () => {
  const names = [5000, 9000, 3000, 9001, 20_000].map((ms) => snapshotName(4e12 + ms))
  expect(names.toSorted()).toEqual(names)
})

test('many are saved at once, never more than there are workers', async () => {
  let running = 0
  let most = 0
  let open = () => {}
  const allAtWork = new Promise<void>((resolve) => {
    open = resolve
  })
  async function* waiting(id: string) {
    most = Math.max(most, ++running)
    if (running === store.workers) open()
    await allAtWork
    yield [resource(id)]
    running--
  }
  const sources = Array.from({ length: 10 }, (_, n) => source(waiting(`${n}`)))
  expect(await saveSnapshots(store, sources)).toHaveLength(10)
  expect(most).toBe(store.workers)
  expect((await listSnapshots(store)).every((entry) => entry.problem === null)).toBe(true)
})

describe('a save that does not come to its end leaves nothing of itself, and what was there', () => {
  let before: string[]
  beforeEach(async () => {
    await saveSnapshot(store, source(resources('before')))
    before = left()
  })
  const unchanged = () => expect(left()).toEqual(before)

  test('when its source fails', async () => {
    async function* failing() {
      yield [resource('a')]
      throw new Error('the server went away')
    }
    await expect(saveSnapshot(store, source(failing()))).rejects.toThrow('the server went away')
    unchanged()
  })

  test('when it is cancelled', async () => {
    const controller = new AbortController()
    async function* endless() {
      for (let n = 0; ; n++) {
        yield [resource(`${n}`)]
        if (n === 5000) controller.abort('SIGINT')
      }
    }
    await expect(saveSnapshot(store, source(endless()), controller.signal)).rejects.toBe('SIGINT')
    unchanged()
  })

  test('when it is cancelled after its last resource', async () => {
    const controller = new AbortController()
    async function* all() {
      yield [resource('a')]
      controller.abort('SIGINT')
    }
    await expect(saveSnapshot(store, source(all()), controller.signal)).rejects.toBe('SIGINT')
    unchanged()
  })

  test('when another of its batch fails; those that were done stay', async () => {
    async function* failing() {
      yield [resource('a')]
      throw new Error('the server went away')
    }
    const sources = [source(resources('done')), source(failing()), source(resources('c')), source(resources('d'))]
    await expect(saveSnapshots({ ...store, workers: 1 }, sources)).rejects.toThrow('the server went away')
    expect(left()).toHaveLength(before.length + 1)
    expect((await listSnapshots(store)).every((entry) => entry.problem === null)).toBe(true)
  })

  test('when the folder is not one', async () => {
    writeFileSync(join(folder(), '..', 'file'), '')
    const inFile = { ...store, baseDir: join(store.baseDir, 'file') }
    await expect(saveSnapshot(inFile, source(resources('a')))).rejects.toMatchObject({ code: 'storage_failed' })
    unchanged()
  })
})

test('what a crash left is no snapshot; it goes when it is old, and stays while somebody may be writing it', async () => {
  mkdirSync(folder(), { recursive: true })
  const leftover = '.2026-11-23T12-00-00.123Z-9f86d081884c.json.0123456789ab.tmp'
  const fresh = leftover.replace('0123', '4567')
  for (const name of [leftover, fresh, '.hidden.json', '.notes.tmp'])
    writeFileSync(join(folder(), name), '{"resources":[')
  const twoHoursAgo = Date.now() / 1000 - 7200
  for (const name of [leftover, '.hidden.json', '.notes.tmp'])
    utimesSync(join(folder(), name), twoHoursAgo, twoHoursAgo)
  expect(await listSnapshots(store)).toEqual([])
  const { name } = await saveSnapshot(store, source(resources('a')))
  expect(left().sort()).toEqual(['.hidden.json', '.notes.tmp', fresh, name].sort())
  expect(await listSnapshots(store)).toHaveLength(1)
})

test("a file that can't be read is listed with the reason, and spoils no other", async () => {
  const { name } = await saveSnapshot(store, source(resources('a', 'b')))
  const old = '{"id":"x","timestamp":"2025-07-08T00:14:52.897513+02:00","provider":"gcp","resources":null}'
  const put = (file: string, text: string) => writeFileSync(join(folder(), file), text)
  put('2025-07-08T00-14-52-scan.json', old)
  put('cut.json', '{"id":"x","resources":[{"id":"a"')
  put('binary.json', '\u0000\u0001')
  put('empty.json', '')
  put('state.json', '{"version":4,"serial":1,"resources":[]}')
  put('notes.txt', 'not listed')
  mkdirSync(join(folder(), 'folder.json'))
  symlinkSync(join(folder(), 'gone'), join(folder(), 'link.json'))
  const listed = await listSnapshots(store)
  expect(Object.fromEntries(listed.map((entry) => [entry.name, entry.problem ?? entry.resources]))).toEqual({
    [name]: 2,
    '2025-07-08T00-14-52-scan.json': 0,
    'cut.json': 'byte 32: the text ends in the middle: it is cut off',
    'binary.json': 'byte 0: expected a JSON object',
    'empty.json': 'is empty',
    'state.json': 'a Terraform state, not a snapshot',
  })
  expect(listed.at(-1)).toMatchObject({ taken_at: '2025-07-07T22:14:52.897Z', provider: 'gcp' })
})

test('a store that is not there yet is empty', async () => {
  expect(await listSnapshots(store)).toEqual([])
  expect(await findSnapshot(store, 'anything')).toBeNull()
})

test('a snapshot is found by its name, with or without extension, or by a beginning that only it has', async () => {
  const [first, second] = await saveSnapshots({ ...store, workers: 1 }, [
    source(resources('a'), new Date('2030-01-01T00:00:00Z')),
    source(resources('b'), new Date('2030-01-01T00:00:05Z')),
  ])
  if (first === undefined || second === undefined) throw new Error('two were saved')
  expect(await findSnapshot(store, first.name)).toBe(first.path)
  expect(await findSnapshot(store, second.name.replace('.json', ''))).toBe(second.path)
  expect(await findSnapshot(store, first.name.slice(0, 30))).toBe(first.path)
  expect(await findSnapshot(store, '2030-01-01')).toBeNull()
  expect(await findSnapshot(store, 'x')).toBeNull()
})
