import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import { resourceOf, scanOf, startTestServer, testScope } from '../../api/test-server.ts'
import { shell, stateOf, temporaryFolder, vaino } from '../test-cli.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(async () => {
  await folder[Symbol.asyncDispose]()
})

const put = (name: string, content: string | object): string => {
  const file = path.join(folder.path, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  return file
}
const snapshot = (resources: readonly object[]) => ({
  id: 'aws-1751921664',
  timestamp: '2025-07-07T22:54:24.032214+02:00',
  provider: 'aws',
  resources,
  metadata: { collector_version: '1.0.0', resource_count: resources.length },
})
const instance = (id: string, configuration: object = {}) => ({
  id,
  type: 'aws_instance',
  name: id,
  provider: 'aws',
  region: 'eu-west-1',
  configuration,
})
const diff = (...args: string[]) => vaino(['diff', ...args], { cwd: folder.path, env: { HOME: folder.path } })

const before = snapshot([instance('kept'), instance('changed', { size: 1, password: 'hunter2-a' }), instance('gone')])
const after = snapshot([instance('kept'), instance('changed', { size: 2, password: 'hunter2-b' }), instance('new')])
beforeAll(() => {
  put('a.json', before)
  put('b.json', after)
})
const key = (id: string) => `aws/-/eu-west-1/aws_instance/${id}`
const label = (id: string) => `aws/eu-west-1 · aws_instance/${id}`

describe('two files', () => {
  test('that hold the same end with 0 and say so', async () => {
    put('same.json', JSON.stringify(before))
    expect(await diff('a.json', 'same.json')).toEqual({ code: 0, stdout: '', stderr: 'vaino: nothing has changed\n' })
  })

  test('that differ end with 1: a line for each resource, and one for each field', async () => {
    const { code, stdout, stderr } = await diff('a.json', 'b.json')
    expect(code).toBe(1)
    const [updated, password, size, ...rest] = stdout.trimEnd().split('\n')
    expect([updated, size, ...rest]).toEqual([
      `~ ${label('changed')}`,
      '    configuration.size  1 → 2',
      `- ${label('gone')}`,
      `+ ${label('new')}`,
    ])
    expect(password).toMatch(/^ {4}configuration\.password {2}"\(redacted:\w+\)" → "\(redacted:\w+\)"$/)
    expect(stderr).toBe('vaino: 1 updated, 1 created, 1 deleted, 1 unchanged\n')
  })

  test('print as JSON and YAML the same document, of the shape of /v1/diff', async () => {
    const json = await diff('a.json', 'b.json', '-o', 'json')
    const yaml = await diff('a.json', 'b.json', '-o', 'yaml')
    const masked = (text: string) => text.replace(/redacted:\w+/g, 'redacted')
    const document = JSON.parse(masked(json.stdout))
    expect(parse(masked(yaml.stdout))).toEqual(document)
    expect(document).toMatchObject({ from: 'a.json', to: 'b.json' })
    const header = { account: null, region: 'eu-west-1', namespace: null, type: 'aws_instance', provider: 'aws' }
    expect(document.changes[1]).toEqual({
      op: 'd',
      key: key('gone'),
      resource: { ...header, id: 'gone', name: 'gone' },
      fields: [],
      before: instance('gone'),
      after: null,
    })
    expect(document.changes.map(({ op }: { op: string }) => op)).toEqual(['u', 'd', 'c'])
  })

  test('print as ndjson a change a line, and as markdown a row for each field', async () => {
    const { stdout } = await diff('a.json', 'b.json', '-o', 'ndjson')
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).key),
    ).toEqual(['changed', 'gone', 'new'].map(key))
    const markdown = (await diff('a.json', 'b.json', '-o', 'markdown')).stdout
    expect(markdown).toContain(`| updated | \`${label('changed')}\` | \`configuration.size\` | \`1\` | \`2\` |\n`)
    expect(markdown).toContain(`| deleted | \`${label('gone')}\` |  |  |  |\n`)
  })

  test('that hold the same are empty documents in every format', async () => {
    const empty = { from: 'a.json', to: 'a.json', changes: [] }
    expect(JSON.parse((await diff('a.json', 'a.json', '-o', 'json')).stdout)).toEqual(empty)
    expect(parse((await diff('a.json', 'a.json', '-o', 'yaml')).stdout)).toEqual(empty)
    expect((await diff('a.json', 'a.json', '-o', 'ndjson')).stdout).toBe('')
  })

  test('I9: show no secret in any format', async () => {
    for (const format of ['table', 'json', 'ndjson', 'yaml', 'markdown']) {
      const { stdout, stderr } = await diff('a.json', 'b.json', '-o', format)
      expect(stdout + stderr).not.toContain('hunter2')
      expect(stdout).toContain('redacted')
    }
  })

  test('go through the filters', async () => {
    expect(await diff('a.json', 'b.json', '--name', 'new')).toEqual({
      code: 1,
      stdout: `+ ${label('new')}\n`,
      stderr: '',
    })
    expect((await diff('a.json', 'b.json', '--type', 'aws_s3_bucket')).code).toBe(0)
  })

  test('that hold copies of a resource leave them out, and say so', async () => {
    put('copies.json', snapshot([instance('kept'), instance('kept')]))
    put('single.json', snapshot([instance('kept')]))
    const { code, stderr } = await diff('copies.json', 'single.json')
    expect(code).toBe(0)
    expect(stderr).toContain('left out: 1 copy of resources that stand in the same file')
  })

  test('of another origin, with nothing in common, are reported as such', async () => {
    put('other.json', snapshot([instance('x')]))
    const { code, stderr } = await diff('a.json', 'other.json')
    expect(code).toBe(1)
    expect(stderr).toContain('the files have no resource in common')
  })

  test('print fifty thousand changes to a reader that stops early', async () => {
    const many = Array.from({ length: 50_000 }, (_, n) => instance(`i-${n}`))
    put('none.json', snapshot([]))
    put('many.json', JSON.stringify(snapshot(many)))
    const { stdout, stderr } = await shell(
      `cd '${folder.path}' && { vaino diff none.json many.json -o ndjson; echo "ended with $?" >&2; } | head -n 2`,
    )
    expect(stdout.split('\n')).toHaveLength(3)
    expect(stderr).toContain('ended with 1')
  })
})

describe('Terraform states', () => {
  test('compare by their resources, not by what vaino would call an empty snapshot', async () => {
    put('old.tfstate', stateOf({ orders: 0, bills: 5 }))
    put('new.tfstate', stateOf({ orders: 30, bills: 5, audits: 1 }, 2))
    const { code, stdout } = await diff('old.tfstate', 'new.tfstate')
    expect(code).toBe(1)
    expect(stdout).toBe(
      ['+ aws_sqs_queue.audits', '~ aws_sqs_queue.orders', '    configuration.delay_seconds  0 → 30', ''].join('\n'),
    )
    const scratch = path.join(folder.path, 'scratch')
    mkdirSync(scratch)
    const env = { HOME: folder.path, TMPDIR: scratch }
    expect((await vaino(['diff', 'old.tfstate', 'old.tfstate'], { cwd: folder.path, env })).code).toBe(0)
    expect(readdirSync(scratch)).toEqual([])
  })

  test('that can not be read whole are errors', async () => {
    put('cut.tfstate', stateOf({ orders: 0 }).slice(0, -20))
    const { code, stderr } = await diff('old.tfstate', 'cut.tfstate')
    expect(code).toBe(2)
    expect(stderr).toContain('cut.tfstate: ')
    expect((await diff('old.tfstate', 'a.json')).code).toBe(1)
  })
})

describe('what can not be compared ends with 2, a reason and the next step', () => {
  test.each([
    ['a.json', 'c.json', /c\.json: no such file, stored snapshot or baseline.*\n.*Did you mean (a|b)\.json\?/],
    ['a.json', 'cut.json', /cut\.json: byte \d+: the text ends in the middle: it is cut off/],
    ['a.json', 'twice.json', /twice\.json: byte \d+: .*\/kept stands in this file before, with other contents/],
    ['a.json', '.', /\.: a folder/],
    ['a.json', 'notes.md', /notes\.md: byte 0: expected a JSON object\n.*Expected a snapshot of VAINO/],
  ])('%s %s', async (from, to, said) => {
    put('cut.json', JSON.stringify(before).slice(0, 200))
    put('notes.md', '# Notes')
    put('twice.json', snapshot([instance('kept'), instance('kept', { x: 1 })]))
    const { code, stdout, stderr } = await diff(from, to)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(said)
  })

  test('a file given alone', async () => {
    const { code, stderr } = await diff('a.json')
    expect(code).toBe(2)
    expect(stderr).toContain('nothing is named to compare it with')
  })
})

test('a stored snapshot is named without its folder', async () => {
  mkdirSync(path.join(folder.path, '.vaino/snapshots'), { recursive: true })
  put('.vaino/snapshots/2025-07-07T22-54-24-scan.json', before)
  put('.vaino/snapshots/2025-07-08T10-00-00-scan.json', after)
  const { code, stdout } = await diff('2025-07-07T22-54-24-scan', '2025-07-08', '-o', 'ndjson')
  expect({ code, lines: stdout.trim().split('\n').length }).toEqual({ code: 1, lines: 3 })
})

test('two times or cursors are asked from the server', async () => {
  await using server = await startTestServer()
  const observed = (id: string, size: number) => ({
    kind: 'observed',
    scope: testScope,
    resource: resourceOf(id, { size }),
  })
  const first = await server.ingest(observed('a', 1), observed('b', 1))
  const second = await server.ingest(observed('a', 2), observed('c', 1))
  const ask = (...args: string[]) => diff(...args, '--server', server.url)
  const { code, stdout } = await ask(first, second)
  expect(code).toBe(1)
  expect(stdout.trim().split('\n').sort()).toEqual([
    '    configuration.size  1 → 2',
    '+ aws/1/eu-west-1 · vm/c',
    '~ aws/1/eu-west-1 · vm/a',
  ])
  expect((await ask(second)).code).toBe(0)
  const json = JSON.parse((await ask(first, 'now', '-o', 'json', '--name', 'name of c')).stdout)
  expect(json).toMatchObject({ from: first, to: 'now', changes: [{ op: 'c', key: `${testScope}/c` }] })
  expect((await ask('2001-01-01T00:00:00Z')).code).toBe(1)
  expect(await ask(first.slice(0, -4))).toMatchObject({ code: 2, stdout: '' })
})

test('times are taken as people write them', async () => {
  await using server = await startTestServer()
  await server.ingest({ kind: 'observed', scope: testScope, resource: resourceOf('a') })
  for (const sides of [['2h', 'now'], ['7d'], ['yesterday'], ['2001-01-01', 'now'], ['1000000000', 'now']]) {
    const { code, stdout } = await diff(...sides, '--server', server.url, '-o', 'ndjson')
    expect({ sides, code, op: JSON.parse(stdout).op }).toEqual({ sides, code: 1, op: 'c' })
  }
  // The next window begins where this one ended; a time that lies ahead is answered as of now, and that is said.
  const { stdout, stderr } = await diff('2h', '2999-01-01', '--server', server.url, '-o', 'json')
  const { as_of } = JSON.parse(stdout)
  expect(Math.abs(Date.parse(as_of) - Date.now())).toBeLessThan(60_000)
  expect(stderr).toContain(`as of ${as_of}: changes after it may still be committed`)
})

test('what vaino saw for the first time since is counted, and is no difference', async () => {
  await using server = await startTestServer()
  await server.ingest(...scanOf('s1', ['a', 'b']))
  const ask = (...args: string[]) => diff('1d', 'now', ...args, '--server', server.url)
  const note = 'vaino: 2 resources seen for the first time since; what was before is not known\n'
  expect(await ask()).toMatchObject({ code: 0, stdout: '', stderr: `vaino: nothing has changed\n${note}` })
  const { code, stdout } = await ask('-o', 'json')
  expect([code, JSON.parse(stdout).changes.map(({ op }: { op: string }) => op)]).toEqual([0, ['r', 'r']])
  await server.ingest(...scanOf('s2', ['a', 'b', 'c']))
  const more = await ask()
  expect([more.code, more.stdout.split('\n').length, more.stderr]).toEqual([1, 2, note])
})

test('a snapshot file is compared with a running vaino, now and as of a time', async () => {
  await using server = await startTestServer()
  const observed = (id: string, size: number) => ({
    kind: 'observed',
    scope: testScope,
    resource: resourceOf(id, { size }),
  })
  const then = await server.ingest(observed('a', 1), observed('b', 1), observed('c', 1))
  const ask = (...args: string[]) => vaino([...args, '--server', server.url], { cwd: folder.path })
  expect((await ask('snapshot', 'export', '--to', 'saved.json')).code).toBe(0)
  expect(await ask('diff', 'saved.json', 'now')).toMatchObject({ code: 0, stderr: 'vaino: nothing has changed\n' })
  await server.ingest(observed('a', 2), { kind: 'gone', scope: testScope, id: 'b' }, observed('d', 1))
  const ops = async (...args: string[]) => {
    const { code, stdout } = await ask('diff', ...args, '-o', 'json')
    const { changes, ...sides } = JSON.parse(stdout) as { changes: { op: string; resource: { id: string } }[] }
    return { code, sides, ops: changes.map(({ op, resource }) => op + resource.id).sort() }
  }
  const [from, to] = ['saved.json', 'now']
  expect(await ops(from, to)).toEqual({ code: 1, sides: { from, to }, ops: ['cd', 'db', 'ua'] })
  expect(await ops(to, from)).toEqual({ code: 1, sides: { from: to, to: from }, ops: ['cb', 'dd', 'ua'] })
  expect((await ops(from, to, '--name', 'name of d')).ops).toEqual(['cd'])
  expect((await ask('diff', from, then)).code).toBe(0)
  expect((await ops('2001-01-01', from)).ops).toEqual(['ca', 'cb', 'cc'])
  put('live.tfstate', stateOf({ a: 1 }))
  expect((await ask('diff', 'live.tfstate', 'now')).stderr).toContain('does not name its scope on the server')
})

test('two files are compared as rules.yaml says, and as vaino.yaml says in compare', async () => {
  await using folder = await temporaryFolder()
  const put = (name: string, text: string) => writeFileSync(path.join(folder.path, name), text)
  const withEtag = (etag: number) =>
    JSON.stringify({
      ...{ id: 's', timestamp: '2026-11-29T00:00:00Z', provider: 'acme' },
      resources: [{ id: 'q', type: 'acme_queue', provider: 'acme', configuration: { etag } }],
    })
  put('a.json', withEtag(1))
  put('b.json', withEtag(2))
  expect((await vaino(['diff', 'a.json', 'b.json'], { cwd: folder.path })).code).toBe(1)
  for (const [file, text] of [
    ['rules.yaml', 'volatile: {acme_queue: [etag]}\n'],
    ['vaino.yaml', 'compare: {acme_queue: {volatile: [etag]}}\n'],
  ] as const) {
    put(file, text)
    expect((await vaino(['diff', 'a.json', 'b.json'], { cwd: folder.path })).code).toBe(0)
    rmSync(path.join(folder.path, file))
  }
})
