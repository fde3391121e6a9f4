import { afterAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { VainoError } from '../../model/errors.ts'
import { SnapshotFile } from './snapshot-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'vaino-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function write(content: string | Uint8Array): string {
  const path = join(folder, `file-${files++}.json`)
  writeFileSync(path, content)
  return path
}

/** The header and the keys of what is read; the failure, its path cut away, when it can't be. */
async function read(content: string | Uint8Array): Promise<{ keys: string[]; header: object } | string> {
  const path = write(content)
  const keys: string[] = []
  try {
    await using file = await SnapshotFile.open(path)
    const header = await file.scan({
      resource: (key) => keys.push(Buffer.from(key.bytes.subarray(0, key.length)).toString()),
    })
    return { keys, header }
  } catch (error) {
    if (!(error instanceof VainoError)) throw error
    return error.message.replace(path, 'FILE')
  }
}

/** As VAINO writes it: indented, the metadata last, the timestamp with its own offset. */
const vaino = `{
  "id": "k8s-snapshot-1751926492",
  "timestamp": "2025-07-08T00:14:52.897513+02:00",
  "provider": "kubernetes",
  "resources": [
    {
      "id": "deployment/api",
      "type": "deployment",
      "name": "api",
      "provider": "kubernetes",
      "namespace": "shop",
      "configuration": { "replicas": 2 },
      "metadata": { "created_at": "2025-07-07T23:23:43+02:00", "version": "783" },
      "tags": { "app": "api" }
    },
    { "id": "persistentvolume/pv-1", "type": "persistentvolume", "name": "pv-1", "provider": "kubernetes", "configuration": null }
  ],
  "metadata": { "collector_version": "1.0.0", "collection_time": 636250, "resource_count": 2, "namespaces": ["shop"] }
}
`
const vainoKeys = [
  'kubernetes/-/shop/deployment/deployment/api',
  'kubernetes/-/-/persistentvolume/persistentvolume/pv-1',
]
const put = (id: string) =>
  JSON.stringify({ op: 'put', key: `a/-/-/t/${id}`, scope: 'a/-/-/t', resource: { id, type: 't', provider: 'a' } })
const end = (count: number, rest: object = {}) =>
  JSON.stringify({ control: 'snapshot-end', cursor: 'AQ', count, ...rest })

test("VAINO's files are read as they are", async () => {
  expect(await read(vaino)).toEqual({
    keys: vainoKeys,
    header: {
      id: 'k8s-snapshot-1751926492',
      timestamp: '2025-07-08T00:14:52.897513+02:00',
      provider: 'kubernetes',
      cursor: null,
      resources: 2,
    },
  })
})

test('a byte order mark and Windows line ends make no difference', async () => {
  const windows = `\ufeff${vaino.replaceAll('\n', '\r\n')}`
  expect(await read(windows)).toMatchObject({ keys: vainoKeys })
})

test('the answer of /v1/snapshot is read', async () => {
  expect(await read(`${put('x["1"]')}\n${put('b')}\n${end(2)}\n`)).toEqual({
    keys: ['a/-/-/t/x["1"]', 'a/-/-/t/b'],
    header: { id: null, timestamp: null, provider: null, cursor: 'AQ', resources: 2 },
  })
  expect(await read(`${end(0)}\n`)).toMatchObject({ keys: [] })
})

describe('a file that is no whole snapshot says so, and where', () => {
  test.each([
    ['is empty', '', 'FILE: is empty'],
    ['is white space', ' \n', 'FILE: is empty'],
    ['is binary', Uint8Array.of(0, 1, 2, 3), 'FILE: byte 0: expected a JSON object'],
    ['is text', 'hello', 'FILE: byte 0: expected a JSON object'],
    ['is an array', '[1]', 'FILE: byte 0: expected a JSON object'],
    ['is compressed', gzipSync(vaino), 'FILE: compressed with gzip'],
    ['is UTF-16', Buffer.from(`\ufeff${vaino}`, 'utf16le'), 'FILE: UTF-16 text'],
    ['is something else', '{"a":1,"b":[2]}', 'FILE: not a snapshot; its fields are a, b'],
    ['is an empty object', '{}', 'FILE: not a snapshot; it begins with an object that has no fields'],
    [
      'is a baseline',
      '{"id":"b","name":"n","snapshot_id":"s"}',
      'FILE: not a snapshot; its fields are id, name, snapshot_id',
    ],
    ['has no resources', '{"id":"x","timestamp":"t"}', 'FILE: no "resources"'],
    [
      'has other resources',
      '{"id":"x","timestamp":"t","resources":{"a":1}}',
      'FILE: "resources" is not an array of objects',
    ],
    ['is broken outside', '{"id":"x","timestamp":,"resources":[]}', 'FILE: outside "resources": not valid JSON'],
    ['is cut in a resource', vaino.slice(0, 300), 'FILE: byte 300: the text ends in the middle: it is cut off'],
    ['is cut at its end', vaino.trimEnd().slice(0, -1), 'the text ends in the middle: it is cut off'],
    ['goes on', `${vaino}{}`, 'more text after the end of the document'],
    [
      'has a resource without type',
      '{"resources":[{"id":"a","provider":"p"}]}',
      'FILE: byte 14: a resource without "type"',
    ],
    [
      'is a state',
      '{"version":4,"terraform_version":"1.9.0","resources":[]}',
      'FILE: a Terraform state, not a snapshot',
    ],
    ['lacks its last line', `${put('a')}\n`, 'FILE: the last line, {"control":"snapshot-end",…}, is missing'],
    ['lacks a line', `${put('a')}\n${end(2)}\n`, 'FILE: its last line counts 2 resources, it holds 1'],
    ['has a line more', `${end(0)}\n${put('a')}\n`, 'more after the line that says it is the last'],
    ['is incremental', `{"op":"delete","key":"a/-/-/t/a","version":2}\n${end(1)}\n`, 'FILE: byte 0: a delete'],
    ['is incremental, without a delete', `${put('a')}\n${end(1, { since: 'AQ' })}\n`, 'an incremental snapshot'],
    [
      'ends in an error',
      `${put('a')}\n{"control":"error","problem":{"detail":"the disk failed"}}\n`,
      'the disk failed',
    ],
    ['has a key that is none', '{"op":"put","key":7,"resource":{}}\n', 'FILE: byte 0: "key" is not a text'],
  ])('that %s', async (_what, content, said) => {
    expect(await read(content)).toContain(said)
  })

  test('that is nested ten thousand deep', async () => {
    expect(await read(`{"resources":[${'{"a":'.repeat(10_000)}`)).toContain('nested deeper than 500 levels')
    expect(await read(`{"id":"x","timestamp":"t","resources":[],"metadata":${'['.repeat(10_000)}`)).toContain(
      'nested deeper',
    )
  })

  test('that is one huge resource', async () => {
    const huge = Buffer.alloc(65 * 1024 * 1024, 'x')
    huge.write('{"resources":[{"id":"')
    expect(await read(huge)).toBe('FILE: byte 14: an object larger than 67108864 bytes')
  })
})

test('a path that leads to no file says what is there', async () => {
  const path = join(folder, 'sub')
  mkdirSync(path)
  await expect(SnapshotFile.open(path)).rejects.toThrow(`${path}: a folder`)
  await expect(SnapshotFile.open(join(folder, 'none.json'))).rejects.toThrow('there is no such file')
  await expect(SnapshotFile.open('/dev/null')).rejects.toThrow('not a regular file')
})

test('an aborted read ends with the reason of its signal', async () => {
  await using file = await SnapshotFile.open(write(vaino))
  await expect(file.scan(null, AbortSignal.abort('SIGINT'))).rejects.toBe('SIGINT')
})
