import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { until } from '../../api/test-server.ts'
import type { Change } from '../../model/change.ts'
import { ServerProcess } from '../server-process.ts'
import { Plants } from './planted.ts'

const plants = new Plants()
const folder = mkdtempSync(path.join(tmpdir(), 'vaino-secrets-'))
const stateFile = path.join(folder, 'estate/terraform.tfstate')
const scope = 'push/-/-/things'
let server: ServerProcess

/** One resource for each way to hold a secret; each call plants new ones. */
function resources(version: number): { id: string; type: string; [field: string]: unknown }[] {
  const { word } = { word: (what: string) => plants.word(`${what}, version ${version}`) }
  const of = (id: string, configuration: object, more: object = {}, type = 'thing') => ({
    id,
    type,
    configuration,
    ...more,
  })
  const url = (what: string) => `postgres://admin:${word(what)}@db.internal:5432/app?sslmode=require`
  return [
    of('password', { db_password: word('a password') }),
    of('nested', { a: [{ b: { clientSecret: word('a secret, nested') } }] }),
    of('json-in-text', { user_data: JSON.stringify({ env: { API_TOKEN: word('a token in JSON in a text') } }) }),
    of('json-in-json', {
      template: JSON.stringify({ inner: JSON.stringify({ password: word('a password in JSON in JSON in a text') }) }),
    }),
    of('private-key', { material: plants.privateKey(`a private key, version ${version}`) }),
    of('private-key-in-json', {
      text: JSON.stringify({ x: plants.privateKey(`a private key in JSON, version ${version}`) }),
    }),
    of('url', { endpoint: url('a password in a URL') }),
    of('token', { note: `uses ${plants.shaped(`a GitHub token, version ${version}`, 'ghp_', 36)} to deploy` }),
    of('slack', { hook: plants.shaped(`a Slack token, version ${version}`, 'xoxb-', 40) }),
    of('bearer', { header: `Authorization: Bearer ${word('a bearer token')}` }),
    of('variables', { environment: [{ name: 'DB_PASSWORD', value: word('the value of a variable') }] }),
    of('arguments', { command: ['serve', '--password', word('an argument')] }),
    of('script', { script: `#!/bin/sh\nexport SECRET_KEY=${word('a variable in a script')}\nserve\n` }),
    of('tags', {}, { tags: { api_key: word('a tag') } }),
    of('metadata', { version }, { metadata: { access_token: word('metadata') } }),
    of('unnamed', { version }, { extra: { password: word('a field that the contract does not name') } }),
    of(
      'kubernetes',
      { kind: 'Secret', data: { x: Buffer.from(word('a Kubernetes secret')).toString('base64') } },
      {},
      'v1.Secret',
    ),
    of('ssm', { value: word('a parameter') }, {}, 'aws_ssm_parameter'),
  ]
}

const line = (record: object) => JSON.stringify(record)
const observations = (version: number) =>
  resources(version).map((resource) =>
    line({
      kind: 'observed',
      scope,
      scan: `scan-${version}`,
      actor: { name: 'ann', session_token: plants.word('an actor') },
      resource: { provider: 'push', ...resource },
    }),
  )

/** Records that can't be used, and what stands around a scan. */
const rest = (version: number): string[] => {
  const word = (what: string) => plants.word(`${what}, version ${version}`)
  return [
    `{"kind":"observed","scope":"${scope}","resource":{"password": ${word('broken JSON, without quotes')}}}`,
    `{"kind":"observed","scope":"${scope}","resource":{"password":"${word('a line that is cut off')}`,
    `password=${word('a line that is no JSON')}`,
    `{"kind":"observed","scope":"${scope}","resource":{"id":"x","text":"machine h login u password ${word('a netrc in a line that is cut off')}\\nx","c":["mysql","-p${word('an argument in a line that is cut off')}"`,
    line({ kind: 'nonsense', api_key: word('an unknown kind') }),
    line({ kind: 'observed', scope: 'wrong', resource: { secret: word('a wrong scope') } }),
    line({ kind: 'observed', scope, resource: { type: 't', token: word('a resource without id') } }),
    line({ kind: 'observed', scope, resource: { id: 'deep', password: word('too deep'), a: 0 } }).replace(
      '"a":0',
      `"a":${'['.repeat(600)}${']'.repeat(600)}`,
    ),
    line({
      kind: 'scan.end',
      scope,
      scan: 'never',
      complete: false,
      errors: [`https://u:${word('an error of no scan')}@host/`],
    }),
    line({ kind: 'observed', scope, resource: { id: 'large', password: word('too large'), text: 'x'.repeat(70_000) } }),
  ]
}

const scan = (version: number) => {
  const seen = observations(version)
  return [
    line({ kind: 'scan.begin', scope, scan: `scan-${version}` }),
    ...seen,
    line({
      kind: 'scan.end',
      scope,
      scan: `scan-${version}`,
      complete: true,
      count: seen.length,
      warnings: [`mysql://root:${plants.word('a warning')}@db/ is slow`],
      attributes: { version, token: plants.word('an attribute of a scan') },
    }),
    line({ kind: 'scan.begin', scope: `${scope}-failed`, scan: 's' }),
    line({
      kind: 'scan.end',
      scope: `${scope}-failed`,
      scan: 's',
      complete: false,
      errors: [
        `redis://:${plants.word('an error')}@cache/0 refused`,
        { message: 'denied', password: plants.word('a field of an error') },
      ],
    }),
  ]
}

function writeState(version: number): void {
  const attributes = {
    id: 'db-1',
    password: plants.word(`a password in a state, version ${version}`),
    // Nothing but the state's own word says that this is secret.
    note: plants.word(`a sensitive attribute, version ${version}`),
    settings: [{ plain: version, hidden: plants.word(`a nested sensitive attribute, version ${version}`) }],
    user_data: JSON.stringify({ password: plants.word(`JSON in a state, version ${version}`) }),
  }
  const state = {
    ...{ version: 4, terraform_version: '1.9.0', serial: version, lineage: '7c7a4b3e-0000-4000-8000-000000000001' },
    outputs: { secret: { value: plants.word(`an output, version ${version}`), type: 'string', sensitive: true } },
    resources: [
      {
        ...{ mode: 'managed', type: 'aws_db_instance', name: 'main' },
        provider: 'provider["registry.terraform.io/hashicorp/aws"]',
        instances: [
          {
            schema_version: 0,
            attributes,
            sensitive_attributes: [
              [{ type: 'get_attr', value: 'note' }],
              [
                { type: 'get_attr', value: 'settings' },
                { type: 'index', value: { value: 0, type: 'number' } },
                { type: 'get_attr', value: 'hidden' },
              ],
            ],
            private: Buffer.from(line({ key: plants.word(`private data of a provider, version ${version}`) })).toString(
              'base64',
            ),
          },
        ],
      },
    ],
  }
  writeFileSync(`${stateFile}.new`, line(state))
  renameSync(`${stateFile}.new`, stateFile)
}

const get = async (target: string): Promise<Buffer> =>
  Buffer.from(await (await fetch(`${server.url}${target}`)).arrayBuffer())
const changesOf = async (filter: string): Promise<Change[]> =>
  (JSON.parse((await get(`/v1/changes?offset=-1&limit=1000&${filter}`)).toString()) as { changes: Change[] }).changes
const ingest = async (lines: readonly string[]) => {
  const answer = await fetch(`${server.url}/v1/ingest`, { method: 'POST', body: lines.join('\n') })
  return (await answer.json()) as { records: number; changes: number; dead_letters: number; cursor: string }
}

let between = ''
beforeAll(async () => {
  mkdirSync(path.dirname(stateFile))
  writeState(1)
  server = new ServerProcess({
    sources: [`terraform:${path.dirname(stateFile)}`],
    interval: '200ms',
    log_level: 'trace',
    limits: { record_size: '64KB' },
  })
  await server.start()
  const first = await ingest([...scan(1), ...rest(1)])
  expect(first.dead_letters).toBe(rest(0).length)
  between = first.cursor
  await until('the state is read', async () => (await changesOf('provider=aws')).length === 1, 20_000)
  writeState(2)
  const second = await ingest([...scan(2), ...rest(2)])
  // All but `metadata` and the field without a name, which are not compared.
  expect(second.changes).toBe(resources(0).length)
  await until('the state is read again', async () => (await changesOf('provider=aws')).length === 2, 20_000)
}, 60_000)
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

test('I9: secrets of every sort are in no answer of the API', async () => {
  const keys = (await changesOf('')).map(({ key }) => encodeURIComponent(key))
  const targets = [
    ...[
      '/v1/snapshot',
      `/v1/snapshot?since=${between}`,
      '/v1/resources?limit=1000',
      '/v1/changes?offset=-1&limit=1000',
    ],
    ...[`/v1/diff?from=${between}&to=${JSON.parse((await get('/v1/resources?limit=1')).toString()).cursor}`],
    ...['/v1/scopes', '/v1/deadletters?limit=1000', '/metrics', '/healthz', '/readyz', '/openapi.json', '/'],
    ...keys.flatMap((key) => [`/v1/resources/${key}`, `/v1/resources/${key}/history`]),
  ]
  for (const target of targets) {
    const answer = await get(target)
    expect(answer.length).toBeGreaterThan(0)
    expect([target, plants.foundIn(answer)]).toEqual([target, []])
  }
  const sse = await fetch(`${server.url}/v1/changes?offset=-1&live=sse`)
  const reader = (sse.body as ReadableStream<Uint8Array>).getReader()
  const pieces: Uint8Array[] = []
  while (!Buffer.concat(pieces).includes('"up_to_date":true')) {
    const { value } = await reader.read()
    if (value) pieces.push(value)
  }
  await reader.cancel()
  expect(plants.foundIn(Buffer.concat(pieces))).toEqual([])
})

test('I9: nor in the log, however much is logged', () => {
  expect(server.stderr).toContain('"event":"http_request"')
  expect(plants.foundIn(Buffer.from(server.stderr))).toEqual([])
})

test('I9: nor in any file of the data directory, the write-ahead logs among them, while it runs or afterwards', async () => {
  const files = () =>
    readdirSync(server.dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
  const look = () => {
    const found = files().map((file) => [path.basename(file), plants.foundIn(readFileSync(file))])
    expect(found).toEqual(files().map((file) => [path.basename(file), []]))
  }
  expect(files().some((file) => file.endsWith('-wal'))).toBe(true)
  // Something that was not secret can be found, so looking works.
  expect(files().some((file) => readFileSync(file).includes('db.internal:5432'))).toBe(true)
  look()
  const address = server.url
  await server.stop()
  look()
  expect(address).not.toBe('')
  await server.start()
})

test('I9: yet that a secret has changed is a change, its fields two placeholders that differ', async () => {
  const updates = (await changesOf('op=u')).filter(({ key }) => !/\/(?:metadata|unnamed)$/.test(key))
  const ids = new Set(updates.map(({ resource }) => resource.id))
  const expected = resources(0).map(({ id }) => id)
  expect([...ids].sort()).toEqual(
    [...expected.filter((id) => !['metadata', 'unnamed'].includes(id)), 'aws_db_instance.main'].sort(),
  )
  for (const { key, fields } of updates) {
    const secret = fields.filter(({ before, after }) => `${before}${after}`.includes('(redacted:'))
    expect([key, secret.length > 0]).toEqual([key, true])
    for (const { before, after } of secret) expect(before).not.toEqual(after)
  }
})
