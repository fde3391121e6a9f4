import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { chmodSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { needs } from '../lanes.ts'
import { providerErrors } from '../providers/errors.ts'
import { applyToyEstate, type ToyEstate } from '../providers/toy-estate.ts'
import { topsOf } from './drift-run.ts'
import { toyDrift } from './toy-drift.ts'

/** How many of the estate's 17 instances have something to read. */
const readable = 15
const password = 'Xq7-planted-password'

describe.skipIf(needs.terraform.found === null)('drift of an estate of our own providers', () => {
  let estate: ToyEstate
  beforeAll(async () => {
    estate = await applyToyEstate(password)
  }, 900_000)
  afterAll(() => estate?.[Symbol.asyncDispose]())

  /** Puts a cloud back as it was after the test. */
  let kept = ''
  beforeAll(() => {
    kept = `${estate.folder.path}/kept`
    cpSync(estate.cloud.folder, kept, { recursive: true })
  })
  afterEach(() => {
    rmSync(estate.cloud.folder, { recursive: true })
    cpSync(kept, estate.cloud.folder, { recursive: true })
  })

  test('what was just applied is in sync, three times', async () => {
    for (let pass = 0; pass < 3; pass++) {
      const { code, items, coverage } = await toyDrift(estate)
      expect(items).toEqual([])
      expect(coverage).toMatchObject({ managed: readable, in_sync: readable })
      expect(code).toBe(0)
    }
    expect(
      estate.cloud.calls().filter(({ operation }) => operation !== 'read' && operation !== 'configure').length,
    ).toBe(estate.cloud.calls().filter(({ operation }) => operation === 'create').length)
  })

  test('each edit is named with its field and nothing else, in nested things, sets, types and digits', async () => {
    const { cloud } = estate
    const server = cloud.read('toy_server', 'web-0')
    const rules = server.rule as { port: number; cidr_blocks: string[]; description: string | null }[]
    cloud.edit('toy_server', 'web-0', {
      rule: [...rules].reverse().map((rule) => (rule.port === 22 ? { ...rule, cidr_blocks: ['0.0.0.0/0'] } : rule)),
    })
    cloud.edit('toy_server', 'web-1', {
      groups: ['c', 'b', 'a'],
      network: { ...(server.network as object), mtu: 1500 },
      routes: { '0.0.0.0/0': { to: 'elsewhere' } },
      address: 'moved by itself',
    })
    cloud.edit('toy_secret', 'token', { value: 'another-planted-password' })
    cloud.edit('toy5_queue', 'jobs', { zones: ['a', 'b', 'c'], redrive: [{ target: 'dead', after: 9 }] })
    const typed = readFileSync(path.join(cloud.folder, 'toy_document/typed.json'), 'utf8')
    writeFileSync(
      path.join(cloud.folder, 'toy_document/typed.json'),
      typed.replace('123456789012345678901234567890', '123456789012345678901234567891').replace('"two"', '"zwei"'),
    )
    const { code, items } = await toyDrift(estate)
    expect(Object.fromEntries(items.map((item) => [item.address, [item.status, ...topsOf(item).sort()]]))).toEqual({
      'toy_server.web[0]': ['changed', 'rule'],
      'toy_server.web[1]': ['changed', 'network', 'routes'],
      'toy_secret.token': ['changed', 'value'],
      'toy5_queue.jobs': ['changed', 'redrive', 'zones'],
      'toy_document.typed': ['changed', 'content', 'serial'],
    })
    expect(code).toBe(1)
  })

  test('what is deleted is missing, with an identity or without', async () => {
    estate.cloud.remove('toy_device', 'scale')
    estate.cloud.remove('toy_bucket', 'logs')
    estate.cloud.remove('toy5_queue', 'bare')
    const { code, items } = await toyDrift(estate)
    expect(Object.fromEntries(items.map(({ address, status }) => [address, status]))).toEqual({
      'toy_device.scale': 'missing',
      'toy_bucket.logs': 'missing',
      'toy5_queue.bare': 'missing',
    })
    expect(code).toBe(1)
  })

  test('an empty cloud, as of another account, is no delete of everything', async () => {
    for (const type of ['toy_server', 'toy_document', 'toy_secret', 'toy_sensor', 'toy_bucket', 'toy_device'])
      rmSync(path.join(estate.cloud.folder, type), { recursive: true })
    const { code, items } = await toyDrift(estate)
    const toys = items.filter(({ address }) => address !== 'toy_server.other' && !address.startsWith('toy5_'))
    expect(toys.length).toBe(10)
    expect(new Set(toys.map(({ status, reason }) => `${status} ${reason}`))).toEqual(new Set(['unknown null_held']))
    expect(code).toBe(2)
  })

  const refusals = Object.entries(providerErrors).flatMap(([kind, clouds]) =>
    Object.entries(clouds).map(([name, answer]) => [`${kind} by ${name}`, answer] as const),
  )
  test.each(refusals.filter((_, at) => at % 3 === 0))(
    'what is %s is unknown, and nothing is missing',
    async (_, answer) => {
      estate.cloud.remove('toy_device', 'scale')
      estate.cloud.setFaults({ operation: 'read', type: 'toy_server', ...answer })
      const { code, items } = await toyDrift(estate)
      const servers = items.filter(({ address }) => /^toy_server.(web|bare)/.test(address))
      expect(servers.length).toBe(3)
      expect(new Set(servers.map(({ status }) => status))).toEqual(new Set(['unknown']))
      // A null beside a refusal may be one too.
      expect(items.find(({ address }) => address === 'toy_device.scale')?.status).not.toBe('in_sync')
      expect(code).not.toBe(0)
    },
  )

  test('hung, crashed and warned are unknown for themselves; all others are read', async () => {
    estate.cloud.setFaults(
      { operation: 'read', type: 'toy_server', name: 'web-0', action: 'hang_hard' },
      { operation: 'read', type: 'toy_server', name: 'web-1', action: 'panic', summary: password },
      { operation: 'read', type: 'toy_secret', action: 'warning', summary: 'Resource deleted', detail: password },
    )
    const { code, items, coverage } = await toyDrift(estate, { read_timeout: '5s' })
    expect(Object.fromEntries(items.map(({ address, reason }) => [address, reason]))).toEqual({
      'toy_server.web[0]': 'timed_out',
      'toy_server.web[1]': 'crashed',
      'toy_secret.token': 'warning',
    })
    expect(coverage.in_sync).toBe(readable - 3)
    expect(code).toBe(2)
  })

  test('a provider that can not be asked leaves its own instances unknown', async () => {
    const { items, code } = await toyDrift(estate, { configurations: {} })
    expect(items.length).toBe(readable)
    expect(new Set(items.map(({ status, reason }) => `${status} ${reason}`))).toEqual(
      new Set(['unknown not_configured']),
    )
    expect(code).toBe(2)
  })

  /** Another program in the place of the provider's, in a copy of the root module. */
  async function withBinary(script: string | null, isLocked: boolean) {
    const infra = path.join(estate.folder.path, 'changed')
    rmSync(infra, { recursive: true, force: true })
    cpSync(estate.infra, infra, { recursive: true, dereference: true })
    const folder = path.join(infra, '.terraform/providers/vaino.test/vaino/toy/1.0.0')
    const [platform = ''] = [...new Bun.Glob('*').scanSync({ cwd: folder, onlyFiles: false })]
    const binary = path.join(folder, platform, 'terraform-provider-toy_v1.0.0')
    expect(existsSync(binary)).toBe(true)
    rmSync(binary)
    if (script !== null) writeFileSync(binary, `#!/bin/sh\n${script}\n`)
    if (script !== null) chmodSync(binary, 0o755)
    if (!isLocked) rmSync(path.join(infra, '.terraform.lock.hcl'))
    const { items, stdout, stderr } = await toyDrift(estate, { read_timeout: '5s' }, infra)
    expect(`${stdout}${stderr}`).not.toContain(password)
    const toys = items.filter(({ address }) => !address.startsWith('toy5_'))
    expect(toys.length).toBe(11)
    expect(items.length).toBe(11)
    return [...new Set(toys.map(({ status, reason }) => `${status} ${reason}`))]
  }

  test.each([
    ['is not there', null, true, 'unknown no_binary'],
    ['is another than the lock file names', 'exit 0', true, 'unknown wrong_hash'],
    ['prints rubbish', `echo ${password}; sleep 60`, false, 'unknown not_started'],
    ['ends at once', `echo ${password} >&2; exit 1`, false, 'unknown not_started'],
  ])('a provider that %s is known by its reason', async (_, script, isLocked, reason) => {
    expect(await withBinary(script, isLocked)).toEqual([reason])
  })

  test('an instance of a newer provider is unknown, and an older one is upgraded', async () => {
    const infra = path.join(estate.folder.path, 'versions')
    cpSync(estate.infra, infra, { recursive: true })
    const file = path.join(infra, 'terraform.tfstate')
    // As text: a number of the state is longer than JSON.parse keeps.
    const state = readFileSync(file, 'utf8')
    const older = state.replace(
      /"schema_version": 1,(\s+"attributes": \{[^}]*)"name": "scale"/,
      '"schema_version": 0,$1"title": "scale"',
    )
    const newer = older.replace(/("type": "toy_secret"[\s\S]*?"schema_version": )0/, '$17')
    expect(newer.match(/"title": "scale"|"schema_version": 7/g)?.length).toBe(2)
    writeFileSync(file, newer)
    const { items } = await toyDrift(estate, {}, infra)
    expect(Object.fromEntries(items.map(({ address, reason }) => [address, reason]))).toEqual({
      'toy_secret.token': 'newer_state',
    })
  })
})
