import { afterEach, beforeEach, expect, test } from 'bun:test'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { startTestServer, type TestServer } from '../../api/test-server.ts'
import type { Item } from '../../model/change.ts'
import type { StoredSnapshot } from '../../pipeline/snapshots/store.ts'
import { temporaryFolder, vaino } from '../test-cli.ts'

let server: TestServer
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeEach(async () => {
  server = await startTestServer()
  folder = await temporaryFolder()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const run = (...args: string[]) =>
  vaino(args, {
    cwd: folder.path,
    env: { VAINO_SERVER: server.url, VAINO_STORAGE__BASE_DIR: path.join(folder.path, 'base') },
  })
const inFolder = (name: string) => path.join(folder.path, name)
const observed = (scope: string, id: string, configuration: object = {}) => ({
  kind: 'observed',
  scope,
  resource: { id, type: 'queue', name: id, provider: scope.split('/')[0], configuration },
})
const state = 'terraform/infra%2Fprod.tfstate/-/state'
const address = 'module.net.aws_subnet.a["x"]'
const keys = async (): Promise<string[]> => {
  const { resources } = (await (await server.get('/v1/resources?limit=100')).json()) as { resources: Item[] }
  return resources.map(({ key }) => key)
}

test('what is saved is listed, and differs from a later one by what changed between', async () => {
  await server.ingest(observed(state, address, { size: 1 }), observed('aws/1/eu-west-1/queue', 'orders'))
  expect((await run('snapshot', 'list')).stderr).toContain('no snapshots yet')
  const first = await run('snapshot', 'save', '-o', 'json')
  expect(first).toMatchObject({ code: 0, stderr: '' })
  await server.ingest(observed(state, address, { size: 2 }))
  await run('snapshot', 'save')
  const listed = JSON.parse((await run('snapshot', 'list', '-o', 'json')).stdout) as StoredSnapshot[]
  expect(listed).toMatchObject([
    { problem: null, resources: 2, provider: 'multiple' },
    { problem: null, resources: 2, name: JSON.parse(first.stdout)[0].name },
  ])
  const [later, earlier] = listed.map(({ name }) => name.replace('.json', ''))
  const { code, stdout } = await run('diff', earlier ?? '', later ?? '')
  expect(code).toBe(1)
  expect(stdout).toBe(`~ infra/prod.tfstate · ${address}\n    configuration.size  1 → 2\n`)
})

test('a save per provider makes a file for each', async () => {
  await server.ingest(observed(state, 'a'), observed('aws/1/-/q', 'b'), observed('aws/2/-/q', 'c'))
  const { stdout } = await run('snapshot', 'save', '--per-provider', '-o', 'json')
  const files = (JSON.parse(stdout) as { path: string }[]).map((saved) => JSON.parse(readFileSync(saved.path, 'utf8')))
  expect(files.map(({ provider, resources }) => [provider, resources.length])).toEqual([
    ['aws', 2],
    ['terraform', 1],
  ])
})

test('a folder that is not there is named, and what to do', async () => {
  const { code, stderr } = await run('snapshot', 'export', '--to', 'nowhere/now.json')
  expect(code).toBe(2)
  expect(stderr).toMatch(/there is no folder \S*nowhere\n.*Make the folder first/)
})

test('what is exported can be imported elsewhere with the keys it had', async () => {
  await server.ingest(observed(state, address, { text: 'x\n"y"' }), observed('aws/1/eu-west-1/queue', 'orders'))
  const before = await keys()
  await run('snapshot', 'export', '--to', 'now.json')
  await run('snapshot', 'export', '--as', 'ndjson', '--to', 'now.ndjson')
  expect((await run('diff', 'now.json', 'now.ndjson')).code).toBe(0)
  for (const file of ['now.json', 'now.ndjson']) {
    await server[Symbol.asyncDispose]()
    server = await startTestServer()
    const { code, stdout, stderr } = await run('snapshot', 'import', file, '-o', 'json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject([{ file, records: 2, changes: 2, dead_letters: 0 }])
    expect(await keys()).toEqual(before)
    const again = JSON.parse((await run('snapshot', 'import', file, '-o', 'json')).stdout)
    expect(again).toMatchObject([{ records: 2, changes: 0 }])
  }
})

test('export prints to stdout what it would write to a file', async () => {
  await server.ingest(observed('aws/1/-/q', 'é'))
  const { stdout } = await run('snapshot', 'export')
  expect(JSON.parse(stdout)).toMatchObject({ provider: 'aws', resources: [{ id: 'é', scope: 'aws/1/-/q' }] })
  const lines = (await run('snapshot', 'export', '--as', 'ndjson')).stdout.trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ op: 'put' }, { control: 'snapshot-end', count: 1 }])
})

const vainoFile = (timestamp: string, ids: readonly string[]) =>
  JSON.stringify(
    {
      id: 'k8s-snapshot-1',
      timestamp,
      provider: 'kubernetes',
      resources: ids.map((id) => ({
        id,
        type: 'deployment',
        name: id,
        provider: 'kubernetes',
        namespace: 'shop',
        config: { id },
      })),
    },
    null,
    2,
  )

test("VAINO's files become history: nothing is deleted by default, and what is missing is with --complete", async () => {
  const [monday, tuesday] = [inFolder('monday.json'), inFolder('tuesday.json')]
  writeFileSync(monday, vainoFile('2025-07-07T00:00:00+02:00', ['web', 'old']))
  writeFileSync(tuesday, vainoFile('2025-07-08T00:00:00+02:00', ['web']))
  await run('snapshot', 'import', monday, tuesday)
  expect(await keys()).toEqual(['kubernetes/-/shop/deployment/old', 'kubernetes/-/shop/deployment/web'])
  const { stdout } = await run('snapshot', 'import', monday, tuesday, '--complete', '-o', 'ndjson')
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).dead_letters),
  ).toEqual([0, 0])
  expect(await keys()).toEqual(['kubernetes/-/shop/deployment/web'])
  const key = encodeURIComponent('kubernetes/-/shop/deployment/web')
  const item = (await (await server.get(`/v1/resources/${key}`)).json()) as Item
  expect(item.observed_at).toBe('2025-07-07T22:00:00.000Z')
  expect(item.resource).toMatchObject({ configuration: { id: 'web' } })
})

test('nothing of a file that is not whole is sent', async () => {
  writeFileSync(inFolder('cut.json'), vainoFile('2025-07-07T00:00:00Z', ['a', 'b', 'c']).slice(0, -30))
  const { code, stderr } = await run('snapshot', 'import', 'cut.json')
  expect(code).toBe(2)
  expect(stderr).toContain('it is cut off')
  expect(await keys()).toEqual([])
})

test('an answer that breaks off is saved nowhere', async () => {
  const breaking = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': '1000000' })
    response.write('{"op":"put","key":"a/-/-/t/x","scope":"a/-/-/t","resource":{"id":"x","type":"t","provider":"a"}}\n')
    setImmediate(() => response.destroy())
  })
  const quiet = createServer((_request, response) => response.end('{"op":"put","key":"a/-/-/t/x","resource":{}}\n'))
  for (const [fake, said] of [
    [breaking, 'the answer broke off'],
    [quiet, 'the last line, {"control":"snapshot-end",…}, is missing'],
  ] as const) {
    await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve))
    const address = fake.address()
    const url = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : ''
    for (const command of [
      ['snapshot', 'save'],
      ['snapshot', 'export', '--to', 'x.json'],
      ['snapshot', 'export', '--as', 'ndjson', '--to', 'x.json'],
    ]) {
      const { code, stderr } = await run(...command, '--server', url)
      expect({ code, told: stderr.includes(said), stderr }).toMatchObject({ code: 2, told: true })
    }
    fake.close()
  }
  expect(readdirSync(folder.path, { recursive: true }).sort()).toEqual(['base', 'base/snapshots'])
})
