import { expect, setDefaultTimeout, test } from 'bun:test'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { type TemporaryFolder, temporaryFolder } from '../../../../test/terraform/temporary-folder.ts'
import { KeptFiles } from '../kept-files.ts'
import type { Provider, ProviderOptions, Reading, StateInstance } from './provider.ts'
import { openScripted, scriptedInstance, scriptedProvider } from './scripted.case.ts'
import { isAlive, until } from './test-processes.ts'

setDefaultTimeout(60_000)
const never = new AbortController().signal

async function open(
  folder: TemporaryFolder,
  options: Partial<ProviderOptions> = {},
  signal = never,
): Promise<Provider> {
  await scriptedProvider(folder)
  return openScripted(folder.path, options, signal)
}

const instance = scriptedInstance
const act = (name: string, what: string): StateInstance => instance({ name, do: what })
const logOf = async (folder: TemporaryFolder): Promise<string[]> =>
  (await readFile(`${folder.path}/log`, 'utf8')).trim().split('\n')
const mask = (text: string): string => text.replaceAll('hunter2', '(redacted)')
const summary = (reading: Reading): string =>
  reading.kind === 'unknown' ? `${reading.reason}: ${reading.detail.shown((text) => text, mask)}` : reading.kind

test('an instance is read in the terms of its state, with its private data and its identity', async () => {
  await using folder = await temporaryFolder()
  await using provider = await open(folder)
  const attributes = {
    name: 'a',
    do: 'echo',
    ports: [{ port: 443 }, { port: 22 }],
    rule: [{ cidr_blocks: ['b', 'a'] }],
  }
  const reading = await provider.read(
    instance(attributes, { private: 'c2VjcmV0', identity: { name: 'a' }, identitySchemaVersion: 1, schemaVersion: 2 }),
    never,
  )
  expect(reading).toEqual({
    kind: 'present',
    identity: { name: 'a' },
    attributes: {
      ...{ do: 'echo', id: '{"private":"secret","identity":{"name":"a"}}', name: 'a', password: null },
      ...{ ports: [{ port: 22 }, { port: 443 }], rule: [{ cidr_blocks: ['a', 'b'], uid: null }], seen: null },
    },
  })
  expect(await logOf(folder)).toContain('upgrade a from 2')
  const old = await provider.read(
    instance({ name: 'a', do: 'echo' }, { identity: { old: 'b' }, identitySchemaVersion: 0 }),
    never,
  )
  expect(old).toMatchObject({ attributes: { id: '{"private":"","identity":{"name":"b"}}' } })
})

test('null in each of its forms is absent, and everything else that is no plain answer is unknown', async () => {
  await using folder = await temporaryFolder()
  await using provider = await open(folder, { readTimeoutMs: 1000 })
  const denied =
    'https response error StatusCode: 403, api error UnauthorizedOperation: not you {"password": "hunter2"}'
  const expected = {
    null: 'absent',
    absent: 'absent',
    empty: 'absent',
    null_error: 'absent',
    'warning:it may be gone': 'warning: Resource deleted: it may be gone',
    'error:no route to host': 'error: reading Thing: no route to host',
    [`error:${denied}`]:
      'denied: reading Thing: https response error StatusCode: 403, api error UnauthorizedOperation: not you',
    'error:api error Throttling: Rate exceeded': 'throttled: reading Thing: api error Throttling: Rate exceeded',
    'status:failed to determine resource GVK': 'error: failed to determine resource GVK',
    deferred: 'deferred: the provider puts the reading off',
    unknown: 'error: the value at seen is not known yet',
    mistyped: 'error: the value at seen is no text',
    rubbish: 'error: its answer is no message of the protocol',
    hang: 'timed_out: no answer within 1 s',
    ok: 'present',
  }
  for (const [what, outcome] of Object.entries(expected))
    expect(`${what} → ${summary(await provider.read(act('a', what), never))}`).toBe(`${what} → ${outcome}`)
  expect((await logOf(folder)).filter((line) => line.startsWith('start'))).toHaveLength(1)
})

test('a state that a newer provider wrote is not read', async () => {
  await using folder = await temporaryFolder()
  await using provider = await open(folder)
  expect(summary(await provider.read(instance({ name: 'a' }, { schemaVersion: 4 }), never))).toBe(
    'newer_state: the state has version 4 of test_thing, and the provider knows 3',
  )
  const identity = { identity: { name: 'a' }, identitySchemaVersion: 2 }
  expect(summary(await provider.read(instance({ name: 'a' }, identity), never))).toStartWith(
    'newer_state: the state has version 2 of the identity',
  )
  expect(await provider.read(instance({ name: 'a' }, { type: 'test_other' }), never)).toMatchObject({
    reason: 'no_such_type',
  })
  expect((await logOf(folder)).some((line) => line.startsWith('read'))).toBe(false)
})

test('a crash costs the instance at which it comes again, and no other', async () => {
  await using folder = await temporaryFolder()
  await using provider = await open(folder)
  const acts = Array.from({ length: 12 }, (_, at) => (at === 3 ? 'crash' : at === 7 ? 'crash_once' : 'ok'))
  const readings = await Promise.all(acts.map((what, at) => provider.read(act(String(at), what), never)))
  expect(readings.map((reading) => reading.kind)).toEqual(
    acts.map((what) => (what === 'crash' ? 'unknown' : 'present')),
  )
  expect(readings.map(summary)[3]).toBe(
    'crashed: the provider ended by a panic in example.test/provider.(*Thing).Read when it read this instance alone',
  )
  expect((await logOf(folder)).filter((line) => line === 'read 3')).toHaveLength(2)
})

test('no more reads are under way at once than the limit says, and it is used', async () => {
  await using folder = await temporaryFolder()
  await using provider = await open(folder, { concurrency: 3 })
  const readings = await Promise.all(Array.from({ length: 40 }, (_, at) => provider.read(act(String(at), 'ok'), never)))
  const seen = readings.map((reading) => (reading.kind === 'present' ? Number(reading.attributes.id) : 0))
  expect(Math.max(...seen)).toBe(3)
})

test('a hanging read gives its place back, and others go on beside it', async () => {
  await using folder = await temporaryFolder()
  await using provider = await open(folder, { concurrency: 2, readTimeoutMs: 3000 })
  const hanging = provider.read(act('slow', 'hang'), never)
  const others = await Promise.all(Array.from({ length: 10 }, (_, at) => provider.read(act(String(at), 'ok'), never)))
  expect(others.every(({ kind }) => kind === 'present')).toBe(true)
  expect(await hanging).toMatchObject({ reason: 'timed_out' })
})

test('giving up on one read ends that one, and aborting ends all and the process', async () => {
  await using folder = await temporaryFolder()
  const all = new AbortController()
  const provider = await open(folder, {}, all.signal)
  const one = new AbortController()
  const given = provider.read(act('given', 'hang'), one.signal)
  const other = provider.read(act('other', 'hang'), never)
  one.abort(new Error('not this one'))
  expect(given).rejects.toThrow('not this one')
  await given.catch(() => {})
  expect((await provider.read(act('a', 'ok'), never)).kind).toBe('present')
  all.abort(new Error('all of it'))
  expect(other).rejects.toThrow('all of it')
  await other.catch(() => {})
  const begun = Date.now()
  await provider[Symbol.asyncDispose]()
  expect(Date.now() - begun).toBeLessThan(2500)
  expect(await logOf(folder)).not.toContain('shutdown')
})

test('a provider is asked to end, and one that does not is ended after three seconds', async () => {
  await using folder = await temporaryFolder()
  const provider = await open(folder)
  await writeFile(`${folder.path}/stubborn`, '')
  const pid = Number(/start (\d+)/.exec((await logOf(folder))[0] ?? '')?.[1])
  const begun = Date.now()
  await provider[Symbol.asyncDispose]()
  expect(Date.now() - begun).toBeGreaterThan(2900)
  expect(await logOf(folder)).toContain('shutdown')
  await until(() => !isAlive(pid))
})

test('what a provider refuses at its start is said by its reason, and ends it', async () => {
  const refused = async (what: string, options: Partial<ProviderOptions> = {}) => {
    await using folder = await temporaryFolder()
    await folder.write(what, '')
    const error = await open(folder, options).then(
      () => null,
      (reason) => reason,
    )
    const pid = Number(/start (\d+)/.exec((await logOf(folder))[0] ?? '')?.[1])
    await until(() => !isAlive(pid))
    return error
  }
  expect(
    await refused('refuse', { configuration: { region: 'eu-1', assume_role: { role_arn: 'hunter2' } } }),
  ).toMatchObject({
    reason: 'not_configured',
    message: 'example.test/acme/test refuses its configuration: Invalid region: eu-(redacted) is none',
  })
  expect(await refused('deny')).toMatchObject({
    reason: 'denied',
    message: expect.stringContaining('no valid credential sources'),
  })
  expect(await refused('die')).toMatchObject({
    reason: 'crashed',
    message: expect.stringContaining('by a panic in example.test/provider'),
  })
  expect(await refused('hang', { startTimeoutMs: 2000 })).toMatchObject({ reason: 'timed_out' })
  const unknown = { region: 'eu', assume_role: [{ rol_arn: 'x' }] }
  expect(await refused('nothing', { configuration: unknown })).toMatchObject({
    reason: 'not_configured',
    message:
      'the configuration of example.test/acme/test: assume_role[0].rol_arn is nothing that the provider knows; assume_role[0].role_arn is meant?',
  })
})

test('a provider that dies at every instance is not started for ever', async () => {
  await using folder = await temporaryFolder()
  await using provider = await open(folder)
  await provider.read(act('first', 'crash'), never)
  // It can't be configured any more, so no read starts it anew.
  await writeFile(`${folder.path}/deny`, '')
  const readings = await Promise.all(
    Array.from({ length: 5 }, (_, at) => provider.read(act(String(at), 'crash'), never)),
  )
  expect(readings.map(summary).every((text) => text.startsWith('denied: ') || text.startsWith('crashed: '))).toBe(true)
  expect(summary(await provider.read(act('last', 'ok'), never))).toStartWith('denied: ')
  expect((await logOf(folder)).filter((line) => line.startsWith('start')).length).toBeLessThanOrEqual(4)
})

test('the schema of a binary is asked for once, however often it is started', async () => {
  await using folder = await temporaryFolder()
  for (const _ of [1, 2, 3]) {
    await using provider = await open(folder)
    const schema = await provider.schemaOf('test_thing', never)
    expect(schema.version).toBe(3)
  }
  expect((await logOf(folder)).filter((line) => line === 'schema')).toHaveLength(1)
})

test('processes of one binary that start at once ask one of them for the schema, whatever they read', async () => {
  await using folder = await temporaryFolder()
  const providers = await Promise.all([1, 2, 3].map(() => open(folder)))
  const readings = await Promise.all(
    providers.flatMap((provider, of) => [0, 1, 2, 3].map((at) => provider.read(act(`${of}-${at}`, 'ok'), never))),
  )
  expect(readings.every(({ kind }) => kind === 'present')).toBe(true)
  await Promise.all(providers.map((provider) => provider[Symbol.asyncDispose]()))
  expect((await logOf(folder)).filter((line) => line === 'schema')).toHaveLength(1)
})

test('a process that ends when it is asked for a schema is started anew', async () => {
  await using folder = await temporaryFolder()
  await scriptedProvider(folder)
  const cache = `${folder.path}/cache`
  await using provider = await openScripted(folder.path, {}, never, new KeptFiles(cache, { files: 1, bytes: 1e6 }))
  // So that it is asked.
  for (const name of await readdir(cache)) await rm(`${cache}/${name}`)
  await writeFile(`${folder.path}/die_at_schema`, '')
  expect((await provider.schemaOf('test_thing', never)).version).toBe(3)
  const log = await logOf(folder)
  expect(log.filter((line) => line.startsWith('start'))).toHaveLength(2)
  expect(log.filter((line) => line === 'schema')).toHaveLength(3)
})

test('the schema says of each path what it is', async () => {
  await using folder = await temporaryFolder()
  await using provider = await open(folder)
  const schema = await provider.schemaOf('test_thing', never)
  expect(schema).toMatchObject({
    ...{ version: 3, identityVersion: 1 },
    ...{ sets: ['ports', 'rule', 'rule.cidr_blocks'], blocks: ['rule'], sensitive: ['password'], writeOnly: [] },
    ...{ computedOnly: ['id', 'rule.uid'], optionalComputed: ['seen'] },
  })
  const classes = [
    'name',
    'ports.port',
    'ports',
    'rule',
    'rule.uid',
    'rule.cidr_blocks',
    'rule.nothing',
    'nothing',
    'seen.x',
  ]
  expect(classes.map((path) => schema.classOf(path))).toEqual([
    ...['required', 'required', 'optional', null, 'computed', 'optional', null, null, 'optional_computed'],
  ] as (typeof schema extends { classOf(path: string): infer Class } ? Class : never)[])
  expect(provider.schemaOf('test_other', never)).rejects.toMatchObject({ reason: 'no_such_type' })
})
