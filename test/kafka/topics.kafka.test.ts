import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { decode, encode } from '@msgpack/msgpack'
import { type LogRecord, openLogReader, openTopicProducer, topicNames } from '../../connectors/kafka/kafka.ts'
import { partitionOf } from '../../model/partition.ts'
import type { Scope } from '../../model/scope.ts'
import { repository } from '../lanes.ts'
import { ServerProcess } from '../server-process.ts'
import { startKafka } from './cluster.ts'
import { consoleConsume } from './console.ts'
import { readAll, textOf, until } from './reading.ts'
import { problemsOf, publishedSchemas } from './schemas.ts'

const partitions = 4
const kafka = await startKafka({ config: { 'group.min.session.timeout.ms': 1000 } })
const reader = openLogReader(kafka.settings)
const schema = publishedSchemas()

afterAll(async () => {
  await reader[Symbol.asyncDispose]()
  await kafka[Symbol.asyncDispose]()
})

interface NodeOptions {
  readonly roles?: readonly string[]
  readonly encoding?: 'json' | 'msgpack'
  readonly max_message_size?: number
}

/** A node of a deployment of its own on the brokers, ready. */
async function startNode(prefix: string, { roles, ...kafkaOptions }: NodeOptions = {}): Promise<ServerProcess> {
  const { brokers } = kafka.settings
  const node = new ServerProcess({
    transport: 'kafka',
    partitions,
    kafka: {
      brokers,
      topic_prefix: prefix,
      redaction_key: 'sixteen or more characters',
      session_timeout: '3s',
      ...kafkaOptions,
    },
    ...(roles ? { roles } : {}),
  })
  await node.start()
  await until('the node is ready', async () => (await fetch(`${node.url}/readyz`)).ok)
  return node
}

const scopeA = 'demo/acc/eu/things' as Scope
const observed = (id: string, configuration: object, more: object = {}) => ({
  kind: 'observed',
  scope: scopeA,
  resource: { id, type: 'thing', provider: 'demo', configuration, tags: { team: 'web' } },
  ...more,
})

async function ingest(node: ServerProcess, records: readonly (object | string)[]): Promise<void> {
  const body = records.map((record) => (typeof record === 'string' ? record : JSON.stringify(record))).join('\n')
  const response = await fetch(`${node.url}/v1/ingest`, { method: 'POST', body })
  expect([response.status, await response.text()]).toEqual([200, expect.anything()])
}

async function all(topic: string): Promise<LogRecord[]> {
  const each = Array.from({ length: partitions }, (_, partition) => readAll(reader, topic, partition))
  return (await Promise.all(each)).flat()
}

const headersOf = ({ headers }: LogRecord) =>
  Object.fromEntries(headers.map(([name, value]) => [name, textOf(value) ?? '']))
const bodyOf = (record: LogRecord): Record<string, unknown> => {
  const bytes = record.value ?? Buffer.alloc(0)
  const isPacked = headersOf(record)['content-type'] === 'application/msgpack'
  return (isPacked ? decode(bytes) : JSON.parse(Buffer.from(bytes).toString())) as Record<string, unknown>
}

/** Everything that can happen to a resource, in one scope. */
async function liveThrough(node: ServerProcess): Promise<void> {
  const scan = (name: string, ids: readonly string[], end: object = {}) => [
    { kind: 'scan.begin', scope: scopeA, scan: name },
    ...ids.map((id) => observed(id, { size: 1, big: 2 ** 40 }, { scan: name })),
    { kind: 'scan.end', scope: scopeA, scan: name, complete: true, count: ids.length, ...end },
  ]
  const ten = Array.from({ length: 10 }, (_, index) => `i-${index}`)
  await ingest(node, scan('first', [...ten, 'missed']))
  await ingest(node, scan('second', ten, { warnings: ['odd'], attributes: { serial: 7 } }))
  const occurred = { occurred_at: '2026-11-23T12:00:00Z', actor: { user: 'eve' } }
  await ingest(node, [
    observed('i-0', { size: 2, rules: [{ a: 1.5 }, { b: null }] }, occurred),
    { kind: 'gone', scope: scopeA, id: 'i-1', ...occurred },
    observed('i-1', { size: 3 }),
    observed('äöü "quoted"/x', { password: 'hunter2' }),
    { kind: 'observed', scope: scopeA, resource: { id: 'u', type: 't', provider: 'p', uid: '1' } },
    { kind: 'observed', scope: scopeA, resource: { id: 'u', type: 't', provider: 'p', uid: '2' } },
    'no json at all, password=hunter2',
  ])
  await ingest(node, scan('third', ['i-0']))
  await ingest(node, [
    { kind: 'scan.begin', scope: scopeA, scan: 'fourth' },
    { kind: 'scan.end', scope: scopeA, scan: 'fourth', complete: false, errors: [{ message: 'denied', code: 403 }] },
  ])
}

const run = promisify(execFile)
const python = process.env.PYTHON_PATH ?? 'python3'
const pythonClient = await run(python, ['-c', 'import confluent_kafka, msgpack']).then(
  () => true,
  () => false,
)
if (!pythonClient) {
  process.stderr.write(
    'SKIPPED: the Python consumer needs `pip install -r examples/consumers/requirements.txt` (or PYTHON_PATH)\n',
  )
}

describe.each(['json', 'msgpack'] as const)('written as %s', (encoding) => {
  const prefix = `said-${encoding}`
  const names = topicNames(prefix)
  const contentType = `application/${encoding}`
  let writer: ServerProcess
  beforeAll(async () => {
    writer = await startNode(prefix, { encoding })
    await liveThrough(writer)
  })
  afterAll(() => writer[Symbol.asyncDispose]())

  test('what a running node writes is what the published schemas say', async () => {
    await until('the scope is said to have failed', async () =>
      (await all(names.state)).some((record) => record.value !== null && bodyOf(record).failed === true),
    )

    const changes = await all(names.changes)
    for (const record of changes) {
      const headers = headersOf(record)
      const body = bodyOf(record)
      expect(problemsOf(schema('change-headers'), headers)).toEqual([])
      expect(problemsOf(schema('change'), body)).toEqual([])
      expect(headers['content-type']).toBe(contentType)
      expect(textOf(record.key)).toBe(headers.ce_subject ?? '')
      const { id, key, scope } = body.source as Record<string, string>
      expect([id, key, scope]).toEqual([headers.ce_id, headers.ce_subject, headers.ce_partitionkey] as string[])
    }
    const said = changes.map(bodyOf)
    expect(new Set(said.map(({ op }) => op))).toEqual(new Set(['r', 'c', 'u', 'd']))
    const reasons = new Set(said.map(({ source }) => (source as { reason: string | null }).reason))
    expect(reasons).toEqual(new Set(['scan', 'source', 'replaced', null]))

    const states = await all(names.state)
    for (const record of states.filter(({ value }) => value !== null)) {
      const key = textOf(record.key) ?? ''
      const isScope = key.startsWith('scope:')
      const body = bodyOf(record)
      expect(problemsOf(schema(isScope ? 'scope-state' : 'state'), body)).toEqual([])
      expect(headersOf(record)).toEqual({ 'content-type': contentType })
      expect(isScope ? `scope:${body.scope}` : body.key).toBe(key)
    }
    const tombstones = states.filter(({ value }) => value === null)
    expect(tombstones).not.toEqual([])
    for (const record of tombstones) expect(problemsOf(schema('tombstone-headers'), headersOf(record))).toEqual([])
    expect(states.some((record) => record.value !== null && bodyOf(record).held === true)).toBe(true)

    const letters = await all(names.deadLetters)
    expect(letters).toHaveLength(1)
    for (const letter of letters) expect(problemsOf(schema('dead-letter-headers'), headersOf(letter))).toEqual([])

    const input = schema('input-record')
    for (const { value, key } of await all(names.resources)) {
      for (const line of (textOf(value) ?? '').split('\n').filter((one) => one.startsWith('{'))) {
        expect([line, problemsOf(input, JSON.parse(line))]).toEqual([line, []])
        expect(textOf(key)).toBe(scopeA)
      }
    }
    const texts = [...changes, ...states, ...letters].map(({ value }) => Buffer.from(value ?? []).toString('latin1'))
    expect(texts.join().includes('hunter2')).toBe(false)
  })

  test('a node that only follows it answers as the one that wrote it', async () => {
    await using follower = await startNode(prefix, { roles: ['api'], encoding: 'json' })
    const answers = async (node: ServerProcess) => {
      const said = async (path: string) => (await fetch(`${node.url}${path}`)).json()
      const [{ resources }, { changes }] = await Promise.all([
        said('/v1/resources?limit=1000') as Promise<{ resources: unknown[] }>,
        said('/v1/changes?offset=-1&limit=1000') as Promise<{ changes: object[] }>,
      ])
      return { resources, changes: changes.map((change) => ({ ...change, cursor: null })) }
    }
    const written = await answers(writer)
    expect(written.changes.length).toBeGreaterThan(15)
    await until('it has all', async () => (await answers(follower)).changes.length === written.changes.length)
    expect(await answers(follower)).toEqual(written)
  })

  const flags = ['--brokers', kafka.settings.brokers.join(','), '--topic', `${prefix}.state`, '--once']
  const script = (name: string) => `${repository}/examples/consumers/${name}`

  async function expectCurrentState(stdout: string): Promise<void> {
    const response = await fetch(`${writer.url}/v1/resources?limit=1000`)
    const { resources } = (await response.json()) as {
      resources: { key: string; version: number; resource: unknown }[]
    }
    const read = stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as (typeof resources)[number])
    const told = (items: typeof resources) =>
      items
        .map(({ key, version, resource }) => ({ key, version, resource }))
        .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    expect(resources.length).toBeGreaterThan(5)
    expect(told(read)).toEqual(told(resources))
    expect(read.some((one) => (one as unknown as { held: boolean }).held)).toBe(true)
  }

  test('with kafkajs, the current state is in the topic of states alone', async () => {
    const runtime = `${repository}/node_modules/.bin/bun`
    const { stdout } = await run(runtime, [script('state.mjs'), ...flags], { timeout: 60_000 })
    await expectCurrentState(stdout)
  })

  test.skipIf(!pythonClient)(
    'with Python and librdkafka, the current state is in the topic of states alone',
    async () => {
      const { stdout } = await run(python, [script('state.py'), ...flags], { timeout: 60_000 })
      await expectCurrentState(stdout)
    },
  )
})

test('a console consumer shows readable CloudEvents', async () => {
  const lines = await consoleConsume(kafka, 'said-json.changes', 11)
  expect(lines[0]).toMatch(
    /^ce_specversion:1\.0,ce_id:\d-1,.*ce_type:io\.vaino\.resource\.read,.*\tdemo\/acc\/eu\/things\/i-0\t\{/,
  )
})

test('records come as MessagePack too, one or an array a message, and what is none is a dead letter', async () => {
  const names = topicNames('packed-input')
  await using node = await startNode('packed-input')
  await using producer = openTopicProducer(kafka.settings, { topic: names.resources })
  const send = (value: Uint8Array | string, type: string) =>
    producer.send(partitionOf(scopeA, partitions), [{ key: scopeA, value, headers: { 'content-type': type } }])
  await send(
    encode(observed('one', { big: 2n ** 60n, blob: new Uint8Array([1, 2]) }), { useBigInt64: true }),
    'application/msgpack',
  )
  await send('{"kind":"observed"} as JSON, which it is not', 'application/msgpack')
  await send(encode([observed('two', {}), { kind: 'nonsense' }, observed('three', {})]), 'application/vnd.msgpack')
  await send(JSON.stringify(observed('four', {})), 'application/json')
  const found = async () => {
    const { resources } = (await (await fetch(`${node.url}/v1/resources`)).json()) as {
      resources: { resource: { id: string } }[]
    }
    return resources.map(({ resource }) => resource.id)
  }
  await until('all are there', async () => (await found()).length === 4)
  expect(await found()).toEqual(['four', 'one', 'three', 'two'])
  const text = await (await fetch(`${node.url}/v1/resources/${encodeURIComponent(`${scopeA}/one`)}`)).text()
  expect(text).toContain('"big":1152921504606846976')
  expect(text).toContain('"blob":"AQI="')
  const reasons = (await all(names.deadLetters)).map((letter) => headersOf(letter).vaino_reason)
  expect(reasons.toSorted()).toEqual(['not_json', 'unknown_kind'])
})

describe('where the brokers take little', () => {
  const limit = 256 * 1024
  const names = topicNames('narrow')
  let node: ServerProcess
  beforeAll(async () => {
    node = await startNode('narrow', { max_message_size: limit })
  })
  afterAll(() => node[Symbol.asyncDispose]())
  /** Text that no codec makes smaller than three quarters. */
  const noise = (bytes: number) =>
    Buffer.from(crypto.getRandomValues(new Uint8Array(Math.min(65_536, Math.floor(bytes * 0.75))))).toString('base64')

  test('I12: what is too large is a dead letter or a change that says what it leaves out, and the partition goes on', async () => {
    const large = [noise(60_000), noise(60_000), noise(60_000)]
    for (const text of large) await ingest(node, [observed('large', { text })])
    await ingest(node, [
      observed('before', {}),
      observed('too large', { text: 'x'.repeat(100_000) }),
      observed('after', {}),
    ])
    await ingest(node, [observed('grows', { numbers: Array.from({ length: 10_000 }, () => 7) })])
    const many = `[${Array.from({ length: 9_000 }, () => '1e20').join()}]`
    await ingest(node, [JSON.stringify(observed('grows', { numbers: 0 })).replace('"numbers":0', `"numbers":${many}`)])
    await ingest(node, [observed('last', {})])

    const changes = (await all(names.changes)).map((record) => ({ headers: headersOf(record), body: bodyOf(record) }))
    const ofLarge = changes.filter(({ headers }) => headers.ce_subject?.endsWith('/large'))
    expect(ofLarge.map(({ headers }) => headers.vaino_omitted)).toEqual([undefined, 'before', 'before'])
    for (const { headers, body } of changes) {
      expect(problemsOf(schema('change-headers'), headers)).toEqual([])
      expect(problemsOf(schema('change'), body)).toEqual([])
    }
    expect(changes.at(-1)?.headers.ce_subject).toBe(`${scopeA}/last`)
    const after = ofLarge.map(({ body }) => (body.after as { configuration: { text: string } }).configuration.text)
    expect(after).toEqual(large)
    const letters = (await all(names.deadLetters)).map((letter) => headersOf(letter))
    expect(letters.map(({ vaino_reason }) => vaino_reason)).toEqual(['too_large', 'too_large'])
    expect(letters[1]?.vaino_detail).toContain('as it would be kept')
    const metrics = await (await fetch(`${node.url}/metrics`)).text()
    expect(metrics).toContain('vaino_changes_reduced_total 2')
  })

  test('I3: who reads a change that leaves something out finds it out again', async () => {
    await using follower = await startNode('narrow', { max_message_size: limit, roles: ['api'] })
    const history = async (from: ServerProcess) => {
      const path = `/v1/resources/${encodeURIComponent(`${scopeA}/large`)}/history`
      const { changes } = (await (await fetch(`${from.url}${path}`)).json()) as {
        changes: { before: unknown; fields: [] }[]
      }
      return changes.map((change) => ({ ...change, cursor: null }))
    }
    const [newest, older] = await history(follower)
    expect(newest?.fields).toHaveLength(1)
    expect(newest?.before).toEqual((older as unknown as { after: unknown }).after)
    expect(await history(follower)).toEqual(await history(node))
  })
})
