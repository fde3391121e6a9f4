import { afterAll, beforeAll, expect, test } from 'bun:test'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parse } from 'yaml'
import { startTestServer, type TestServer } from '../api/test-server.ts'
import type { Change, Item } from '../model/change.ts'
import type { ScopeStatus } from '../model/status.ts'
import { root, shell, startVaino, temporaryFolder, vaino } from './test-cli.ts'

// One server for the commands that only ask; each of them has scopes of its own.

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const observed = (scope: string, id: string, configuration: object = {}, tags: object = {}) => ({
  kind: 'observed',
  scope,
  resource: { id, type: 'queue', name: id, provider: 'made-up', configuration, tags },
})
const asked = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  vaino([...args, '--server', server.url], { env })

test('list shows what is there, for people and for programs, through the filters', async () => {
  await server.ingest(observed('a/1/x/list', 'one', {}, { team: 'web' }), observed('a/1/x/list', 'two'))
  const table = await asked(['list', '--scope', 'a/1/x/list'])
  expect(table.code).toBe(0)
  expect(table.stdout).toMatch(
    /^TYPE +NAME +VERSION +CHANGED +RESOURCE\nqueue +one +1 {2}\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}a\/1\/x · list\/one\nqueue +two +1 .* a\/1\/x · list\/two\n$/,
  )
  const tagged = await asked(['list', '--scope', 'a/1/x/list', '--tag', 'team=web', '-o', 'json'])
  expect((JSON.parse(tagged.stdout) as Item[]).map(({ key }) => key as string)).toEqual(['a/1/x/list/one'])
  const none = await asked(['list', '--scope', 'a/1/x/none'])
  expect(none).toMatchObject({ code: 0, stdout: '' })
  expect(none.stderr).toContain('nothing is there')
  const misspelt = await asked(['list', '--scope', 'a/1/x/lsit'])
  expect(misspelt.stderr).toContain('there is no scope a/1/x/lsit; did you mean a/1/x/list?')
  const wrong = await asked(['list', '--at', 'someday'])
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toMatch(/"someday" is neither a time nor a cursor\n.*2026-11-23T12:00:00Z/)
})

test('list goes through all pages, and ends at a limit', async () => {
  const many = Array.from({ length: 1203 }, (_, at) => observed('a/1/x/many', `id-${at}`))
  await server.ingest(...many)
  const lines = async (...args: string[]) =>
    (await asked(['list', '--scope', 'a/1/x/many', '-o', 'ndjson', ...args])).stdout.trim().split('\n')
  expect(await lines()).toHaveLength(1203)
  expect(await lines('--limit', '501')).toHaveLength(501)
})

test('who reads only the beginning of a long list ends it without a word', async () => {
  await server.ingest(
    ...Array.from({ length: 300 }, (_, at) => observed('a/1/x/piped', `id-${at}`, { text: 'x'.repeat(2000) })),
  )
  const list = `vaino list --scope a/1/x/piped -o ndjson --server ${server.url}`
  const { stdout, stderr } = await shell(`{ ${list}; echo "ended with $?" >&2; } | head -n 1`)
  expect(stdout.trim().split('\n')).toHaveLength(1)
  expect(stderr).toBe('ended with 0\n')
})

test('get shows one resource, as it is and as it was', async () => {
  const before = await server.ingest(observed('a/1/x/get', 'q', { delay: 1 }))
  await server.ingest(observed('a/1/x/get', 'q', { delay: 2 }))
  const now = parse((await asked(['get', 'a/1/x/get/q', '-o', 'yaml'])).stdout) as Item
  expect(now).toMatchObject({ version: 2, resource: { configuration: { delay: 2 } } })
  const then = JSON.parse((await asked(['get', 'a/1/x/get/q', '--at', before, '-o', 'json'])).stdout) as Item
  expect(then).toMatchObject({ version: 1, resource: { configuration: { delay: 1 } } })
  expect((await asked(['get', 'a/1/x/get/q'])).stdout).toMatch(/^key: +a\/1\/x\/get\/q\nversion: +2\n[\s\S]*delay: 2\n/)
})

test('a key that was never seen is answered with the one that was meant', async () => {
  await server.ingest(observed('a/1/x/near', 'module.net.subnet'))
  const hint = async (key: string) => {
    const { code, stderr } = await asked(['get', key])
    expect(code).toBe(2)
    return stderr
  }
  expect(await hint('a/1/x/near/module.net.subnets')).toContain('Did you mean a/1/x/near/module.net.subnet?')
  expect(await hint('a/1/x/naer/module.net.subnet')).toContain('Did you mean a/1/x/near/module.net.subnet?')
  expect(await hint('module.net.subnte')).toContain('Did you mean a/1/x/near/module.net.subnet?')
  // A hint names only what exists.
  const nothing = await hint('a/1/x/naer/something.else')
  expect(nothing).toContain('Did you mean something in a/1/x/near?')
  expect(nothing).not.toContain('near/something.else')
  expect((await asked(['history', 'a/1/x/near/module.net.subnets'])).stderr).toContain('Did you mean')
})

test('get and history take a label as list shows it, its parts, an id, or an end that no other resource has', async () => {
  const scope = 'terraform/shop%2Fprod%2Fterraform.tfstate/-/state'
  await server.ingest(
    observed(scope, 'aws_s3_bucket.receipts'),
    observed(scope, 'module.a.aws_sqs_queue.this'),
    observed('terraform/shop%2Ftest.tfstate/-/state', 'module.a.aws_sqs_queue.this'),
    observed('cloud/9/eu-west-1/bucket', 'a/b/c/d/e/f'),
    observed('cloud/9/eu-west-1/bucket', 'was here'),
    { kind: 'gone', scope: 'cloud/9/eu-west-1/bucket', id: 'was here' },
  )
  const keyOf = async (...words: string[]) => {
    const { stdout, stderr } = await asked(['get', ...words, '-o', 'json'])
    return stdout === '' ? stderr : (JSON.parse(stdout) as Item).key
  }
  const receipts = `${scope}/aws_s3_bucket.receipts`
  expect((await asked(['list', '--scope', scope])).stdout).toContain('  shop/prod · aws_s3_bucket.receipts\n')
  expect(await keyOf('shop/prod · aws_s3_bucket.receipts')).toBe(receipts)
  expect(await keyOf('shop/prod', '·', 'aws_s3_bucket.receipts')).toBe(receipts)
  expect(await keyOf('shop/prod', 'aws_s3_bucket.receipts')).toBe(receipts)
  expect(await keyOf('aws_s3_bucket.receipts')).toBe(receipts)
  expect(await keyOf('receipts')).toBe(receipts)
  expect(await keyOf('eceipts')).toContain(`Did you mean ${receipts}?`)
  expect(await keyOf('a/b/c/d/e/f')).toBe('cloud/9/eu-west-1/bucket/a/b/c/d/e/f')
  expect(await keyOf('cloud/9/eu-west-1 · bucket/a/b/c/d/e/f')).toBe('cloud/9/eu-west-1/bucket/a/b/c/d/e/f')
  expect(await keyOf('shop/test.tfstate', 'module.a.aws_sqs_queue.this')).toStartWith('terraform/shop%2Ftest')
  const two = await keyOf('module.a.aws_sqs_queue.this')
  expect(two).toContain('names 2 resources')
  expect(two).toContain(`${scope}/module.a.aws_sqs_queue.this, terraform/shop%2Ftest`)
  // What was deleted is found by its id too.
  const gone = await asked(['history', 'was here', '-o', 'json'])
  expect((JSON.parse(gone.stdout) as Change[]).map(({ op }) => op)).toEqual(['d', 'c'])
  expect(await keyOf('was here')).toContain('was deleted at')
})

test('a resource that was deleted is reported as such, and its history stays', async () => {
  await server.ingest(observed('a/1/x/gone', 'q'), { kind: 'gone', scope: 'a/1/x/gone', id: 'q' })
  const { code, stderr } = await asked(['get', 'a/1/x/gone/q'])
  expect(code).toBe(2)
  expect(stderr).toMatch(/was deleted at .*\n.*`vaino history`/)
  const changes = JSON.parse((await asked(['history', 'a/1/x/gone/q', '-o', 'json'])).stdout) as Change[]
  expect(changes.map(({ op, version }) => [op, version])).toEqual([
    ['d', 2],
    ['c', 1],
  ])
})

test('history shows the fields that changed, newest first', async () => {
  await server.ingest(observed('a/1/x/history', 'q', { delay: 1 }), observed('a/1/x/history', 'q', { delay: 2 }))
  const { stdout } = await asked(['history', 'a/1/x/history/q'])
  expect(stdout).toMatch(
    /^.* ~ a\/1\/x · history\/q {2}v2\n {4}configuration\.delay {2}1 → 2\n.* \+ a\/1\/x · history\/q {2}v1\n$/,
  )
  expect(
    (await asked(['history', 'a/1/x/history/q', '--limit', '1', '-o', 'ndjson'])).stdout.trim().split('\n'),
  ).toHaveLength(1)
})

test('history begins at a time, as people write one', async () => {
  await server.ingest(observed('a/1/x/since', 'q', { n: 1 }), observed('a/1/x/since', 'q', { n: 2 }))
  const lines = async (since: string) =>
    (await asked(['history', 'a/1/x/since/q', '--since', since, '-o', 'ndjson'])).stdout.trim().split('\n')
  expect(await lines('2h')).toHaveLength(2)
  expect(await lines('2999-01-01')).toEqual([''])
  const wrong = await asked(['history', 'a/1/x/since/q', '--since', 'someday'])
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toContain('Expected one of 2026-11-23T12:00:00Z, 2026-11-23')
})

test('ingest sends a file, or stdin, and prints the result', async () => {
  await using folder = await temporaryFolder()
  const file = path.join(folder.path, 'records.ndjson')
  const records = [observed('a/1/x/ingest', 'a'), observed('a/1/x/ingest', 'b')].map((each) => JSON.stringify(each))
  await writeFile(file, `${records.join('\n')}\n`)
  expect(await asked(['ingest', file])).toMatchObject({
    code: 0,
    stdout: '2 records, 2 changes, 0 dead letters\n',
    stderr: '',
  })
  const again = await vaino(['ingest', '-', '-o', 'json', '--server', server.url], { stdin: `${records[0]}\nnonsense` })
  expect(again.code).toBe(2)
  expect(JSON.parse(again.stdout)).toMatchObject({
    records: 2,
    changes: 0,
    dead_letters: 1,
    cursor: expect.any(String),
  })
  expect(again.stderr).toContain('/v1/deadletters says why')
})

test('ingest of something that is no records at all fails', async () => {
  const { code, stderr } = await vaino(['ingest', '-', '--server', server.url], { stdin: '{"resources": []}\n' })
  expect(code).toBe(2)
  expect(stderr).toContain(
    'Nothing of it could be used: 1 dead letter; record 1 is unknown_kind (no kind; expected scan.begin',
  )
  const missing = await asked(['ingest', 'no-such-file.ndjson'])
  expect(missing.code).toBe(2)
  expect(missing.stderr).toContain('no-such-file.ndjson cannot be read')
  const misspelt = await asked(['ingest', `${root}package.jsno`])
  expect(misspelt.stderr).toContain(`Did you mean ${root}package.json?`)
})

test('scopes shows what is watched; held deletes can be released', async () => {
  const scope = 'a/1/x/held'
  const scan = (name: string, ids: readonly string[]) => [
    { kind: 'scan.begin', scope, scan: name },
    ...ids.map((id) => ({ ...observed(scope, id), scan: name })),
    { kind: 'scan.end', scope, scan: name, complete: true, count: ids.length },
  ]
  await server.ingest(...scan('1', ['a', 'b', 'c']), ...scan('2', []))
  const found = JSON.parse((await asked(['scopes', '-o', 'json'])).stdout) as ScopeStatus[]
  expect(found.find((each) => each.scope === (scope as string))).toMatchObject({
    status: 'held',
    held: { deletes: 3, of: 3 },
  })
  expect((await asked(['scopes'])).stdout).toMatch(/held +3 +\S+ +a\/1\/x\/held\n +3 of 3 deletes held\n/)

  expect((await asked(['scopes', 'release', scope])).stderr).toContain('Expected --apply')
  expect((await asked(['scopes', 'release', 'a/1/x/hled', '--apply'])).stderr).toContain('Did you mean a/1/x/held?')
  const released = await asked(['scopes', 'release', scope, '--apply'])
  expect(released).toMatchObject({ code: 0, stdout: '3 deletes recorded in a/1/x/held\n' })
  expect((await asked(['scopes', 'release', scope, '--apply'])).stderr).toContain('`vaino scopes` shows what is held')
})

test('watch prints each change as the JSON that the server sends, and ends at a limit', async () => {
  const before = await server.ingest(observed('a/1/x/watch', 'q', { n: 1 }))
  await using watching = startVaino([
    'watch',
    '-o',
    'json',
    '--scope',
    'a/1/x/watch',
    '--offset',
    before,
    '--limit',
    '2',
    '--server',
    server.url,
  ])
  await server.ingest(observed('a/1/x/watch', 'q', { n: 2 }))
  await server.ingest(
    observed('a/1/x/other', 'q'),
    observed('a/1/x/watch', 'q', { n: JSON.rawJSON('9007199254740993') }),
  )
  expect(await watching.ended).toBe(0)
  const changes = watching.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Change)
  expect(changes.map(({ op, version }) => [op, version])).toEqual([
    ['u', 2],
    ['u', 3],
  ])
  expect(watching.output).toContain('9007199254740993')
})

test('watch says on stderr what it watches, and from where', async () => {
  await server.ingest(observed('a/1/x/said', 'q'))
  const { stdout, stderr } = await asked([
    'watch',
    '--scope',
    'a/1/x/said',
    '--op',
    'c',
    '--offset',
    '-1',
    '--limit',
    '1',
  ])
  expect(stdout).toContain('a/1/x · said/q')
  const what = 'from the oldest change kept: changes with scope=a/1/x/said, op=c'
  expect(stderr).toBe(`vaino: watching ${server.url} ${what}; Ctrl-C ends\n`)
})

test('watch from -1 with a limit shows the oldest changes, whatever partition they are in', async () => {
  await using own = await startTestServer()
  const scopes = Array.from({ length: 12 }, (_, at) => `a/1/x/oldest-${at}`)
  for (const scope of scopes) await own.ingest(observed(scope, 'q', { n: 1 }), observed(scope, 'q', { n: 2 }))
  const args = ['watch', '--offset', '-1', '--server', own.url, '-o', 'json', '--limit']
  const shown = async (...more: string[]) =>
    (await vaino([...args, ...more])).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Change)
  const all = await shown('24')
  const times = all.map(({ recorded_at }) => recorded_at)
  expect(times).toEqual(times.toSorted())
  expect(await shown('5')).toEqual(all.slice(0, 5))
  const first = new Set(scopes.slice(0, 3))
  expect(all.slice(0, 6).every(({ scope }) => first.has(scope))).toBe(true)
  expect((await shown('3', '--op', 'u')).map(({ scope }) => scope as string)).toEqual(scopes.slice(0, 3))
})

test('watch ends with 130 at Ctrl-C, and refuses a cursor that is none', async () => {
  await using watching = startVaino(['watch', '--offset', '-1', '--server', server.url])
  await watching.until(/\+ a\/1/)
  watching.kill('SIGINT')
  expect(await watching.ended).toBe(130)
  const { code, stderr } = await asked(['watch', '--offset', 'nonsense'])
  expect(code).toBe(2)
  expect(stderr).toContain('is not a cursor')
  expect((await asked(['watch', '--op', 'x'])).stderr).toContain('Expected r (first sight), c (created)')
})

test('where nobody answers, it says so and how to start a server', async () => {
  for (const args of [['list'], ['watch'], ['ingest', '-'], ['get', 'a/b/c/d/e'], ['scopes']]) {
    const { code, stderr } = await vaino([...args, '--server', '127.0.0.1:1'], {
      stdin: `${JSON.stringify(observed('a/1/x/y', 'z'))}\n`,
    })
    expect(code).toBe(2)
    expect(stderr).toContain('No vaino answers at http://127.0.0.1:1: nothing listens there')
    expect(stderr).toContain('vaino up')
  }
})

test('the server is found where the configuration here listens', async () => {
  await using folder = await temporaryFolder()
  await writeFile(path.join(folder.path, 'vaino.yaml'), `listen: ${new URL(server.url).host}\n`)
  expect(await vaino(['scopes'], { cwd: folder.path })).toMatchObject({ code: 0 })
  expect(await vaino(['scopes'], { env: { VAINO_SERVER: server.url } })).toMatchObject({ code: 0 })
  expect((await vaino(['scopes', '--server', 'ftp://x'])).stderr).toContain('Expected a URL such as')
})
