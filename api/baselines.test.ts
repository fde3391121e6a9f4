import { expect, test } from 'bun:test'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Baselines } from '../pipeline/baselines/baselines.ts'
import { maxPins } from '../storage/history-pins.ts'
import { temporaryFolder } from '../test/terraform/temporary-folder.ts'
import { observed, startTestServer, type TestServer, until } from './test-server.ts'

interface Baseline {
  name: string
  cursor: string
  at: string | null
  expired: boolean
}
const list = async (server: TestServer) =>
  ((await (await server.get('/v1/baselines')).json()) as { baselines: Baseline[] }).baselines
const save = (server: TestServer, body: object, headers: Record<string, string> = {}) =>
  server.get('/v1/baselines', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

test('a baseline is kept from retention, can be compared with, and lets its history go when it is deleted', async () => {
  await using server = await startTestServer({ engine: { partitions: 1, retention: { ageMs: 0, bytes: 1e9 } } })
  const { reader } = server.engine
  await server.ingest(observed('a', { n: 0 }))
  const saved = await save(server, { name: 'first' })
  expect(saved.status).toBe(200)
  const { cursor, at } = (await saved.json()) as Baseline
  const [pinned = 0] = reader.decode(cursor)
  for (let n = 1; n <= 3; n++) await server.ingest(observed('a', { n }))
  await until('retention has gone up to it', () => reader.floor()[0] === pinned, 60_000)
  const diff = (await (await server.get(`/v1/diff?from=${cursor}`)).json()) as {
    changes: { op: string; fields: unknown[] }[]
  }
  expect(diff.changes).toEqual([
    expect.objectContaining({ op: 'u', fields: [expect.objectContaining({ before: 0, after: 3 })] }),
  ])
  expect(await list(server)).toEqual([expect.objectContaining({ name: 'first', cursor, at, expired: false })])

  expect((await server.get('/v1/baselines/first', { method: 'DELETE' })).status).toBe(200)
  expect(await list(server)).toEqual([])
  await until('retention goes on', () => (reader.floor()[0] ?? 0) > pinned, 60_000)
  expect((await server.get(`/v1/diff?from=${cursor}`)).status).toBe(410)
}, 130_000)

test('a name that is taken or can not be one is refused, and so is one too many', async () => {
  await using server = await startTestServer()
  const refusal = async (body: object) => {
    const answer = await save(server, body)
    return [answer.status, ((await answer.json()) as { detail: string }).detail]
  }
  expect((await save(server, { name: 'a' })).status).toBe(200)
  expect(await refusal({ name: 'a' })).toEqual([400, 'There is a baseline a already'])
  for (const name of ['', '1a', 'a b', 'now', 'yesterday', '../x', 'x'.repeat(65), await server.ingest(observed('x'))])
    expect([name, (await refusal({ name }))[0]]).toEqual([name, 400])
  expect((await refusal({ name: 'b', at: '2001-01-01' }))[0]).toBe(200)
  expect((await refusal({ name: 'c', at: 'soon' }))[0]).toBe(400)
  for (let n = 2; n < maxPins; n++) await save(server, { name: `n${n}` })
  expect(await refusal({ name: 'more' })).toEqual([
    400,
    `There are ${maxPins} baselines, which is as many as there can be`,
  ])
  const unknown = await server.get('/v1/baselines/n22x', { method: 'DELETE' })
  expect([unknown.status, ((await unknown.json()) as { hint: string }).hint]).toEqual([404, 'Did you mean n22?'])
})

test('saving and deleting one needs the right admin', async () => {
  const tokens = { read: ['r'.repeat(16)], ingest: [], admin: ['a'.repeat(16)] }
  await using server = await startTestServer({ tokens })
  const as = (token: string) => ({ authorization: `Bearer ${token}` })
  expect((await save(server, { name: 'a' }, as('r'.repeat(16)))).status).toBe(403)
  expect((await save(server, { name: 'a' }, as('a'.repeat(16)))).status).toBe(200)
  expect((await server.get('/v1/baselines', { headers: as('r'.repeat(16)) })).status).toBe(200)
  expect((await server.get('/v1/baselines/a', { method: 'DELETE', headers: as('r'.repeat(16)) })).status).toBe(403)
})

test('they outlive the process, pinned before anything can be dropped; a damaged list is refused', async () => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'baselines.json')
  await using server = await startTestServer({ engine: { partitions: 2 } })
  const { reader } = server.engine
  const identity = { logId: reader.logId, partitions: 2 }
  await server.ingest(observed('a'))
  await new Baselines(folder.path, identity).save(reader, 'kept', reader.head(), null)
  const again = new Baselines(folder.path, identity)
  expect(again.list(reader).map(({ name }) => name)).toEqual(['kept'])
  expect([0, 1].map((partition) => again.pins.lowest(partition, 0))).toEqual([...reader.head()])
  await again.delete('kept')
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ format: 1, baselines: [] })
  await writeFile(file, '{"format":1,"baselines":[{"name":"x"}]}')
  expect(() => new Baselines(folder.path, identity)).toThrow('is not a list of baselines')
})
