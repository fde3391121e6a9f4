import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { until } from '../../api/test-server.ts'
import type { JudgedItem } from '../../pipeline/drift/judged-item.ts'
import { applyToyEstate, type ToyEstate } from '../../test/providers/toy-estate.ts'
import { startVaino, vaino } from '../test-cli.ts'

setDefaultTimeout(180_000)

const password = 'correct-horse-battery'
let estate: ToyEstate

/** Configurations that no state tells. */
const configured = async () => {
  const configurations = {
    'vaino.test/vaino/toy': { cloud: estate.cloud.folder },
    'vaino.test/vaino/toy.other': { cloud: estate.otherCloud.folder },
    'vaino.test/vaino/toy5': { cloud: estate.cloud.folder },
  }
  const source = { kind: 'terraform', where: 'infra', live: { configurations, read_timeout: '3s' } }
  await writeFile(path.join(estate.folder.path, 'vaino.yaml'), JSON.stringify({ sources: [source] }))
}

const drift = (...more: string[]) => vaino(['drift', ...more], { cwd: estate.folder.path })

async function found(): Promise<{ items: JudgedItem[]; coverage: object; code: number | null }> {
  const { code, stdout } = await drift('-o', 'json')
  const { drift: items, coverage } = JSON.parse(stdout) as { drift: JudgedItem[]; coverage: object }
  return { items, coverage, code }
}

beforeAll(async () => {
  estate = await applyToyEstate(password)
  await configured()
}, 600_000)

afterAll(() => estate[Symbol.asyncDispose]())

test('a fresh apply of providers of protocol 5 and 6 shows nothing', async () => {
  const { code, stdout, stderr } = await drift()
  expect({ stdout, stderr }).toMatchObject({
    stderr: '',
    stdout: expect.stringMatching(/^All of \d+ resources in 1 state/),
  })
  expect(code).toBe(0)
})

test('what was changed behind its back is named with its field, what was deleted is missing, and secrets are not shown', async () => {
  estate.cloud.edit('toy_server', 'web-0', { image: 'debian-14', password: 'another-secret-4711' })
  estate.cloud.remove('toy_sensor', 'hall')
  try {
    const { items, code } = await found()
    expect(items.map(({ address, status }) => [address, status]).sort()).toEqual([
      ['toy_sensor.heat["hall"]', 'missing'],
      ['toy_server.web[0]', 'changed'],
    ])
    const server = items.find(({ status }) => status === 'changed')
    expect(server?.fields.find(({ path }) => path === 'image')).toEqual({
      path: 'image',
      before: 'debian-13',
      after: 'debian-14',
    })
    expect(code).toBe(1)
    const { stdout } = await drift()
    expect(stdout).toMatch(/ {2}~ toy_server\.web\[0\].*\n {6}image {2}"debian-13" → "debian-14"\n/)
    expect(stdout).toContain(`terraform -chdir=infra plan -refresh-only -target='toy_sensor.heat["hall"]'`)
    for (const secret of [password, 'another-secret-4711']) expect(JSON.stringify(items) + stdout).not.toContain(secret)
  } finally {
    await estate.terraform.apply()
  }
  expect((await found()).code).toBe(0)
})

test('a crash, a hang, a warning and a null that lasts for one round: each is unknown or in sync, never missing', async () => {
  estate.cloud.setFaults(
    { operation: 'read', type: 'toy_bucket', action: 'panic' },
    // In another process than the panic, which would end it too.
    { operation: 'read', type: 'toy5_bucket', action: 'hang' },
    { operation: 'read', type: 'toy5_queue', name: 'bare', action: 'warning', summary: 'Resource deleted' },
    { operation: 'read', type: 'toy_document', name: 'text', action: 'null', times: 1 },
  )
  try {
    const { items, code } = await found()
    expect(items.map(({ address, status, reason }) => `${address} ${status} ${reason}`).sort()).toEqual([
      'toy5_bucket.logs unknown timed_out',
      'toy5_queue.bare unknown warning',
      'toy_bucket.logs unknown crashed',
    ])
    expect(code).toBe(2)
  } finally {
    estate.cloud.setFaults()
  }
})

test('a running vaino that reads the real things lists the same items, and prints the same', async () => {
  estate.cloud.edit('toy_server', 'bare', { image: 'debian-14' })
  estate.cloud.edit('toy_server', 'web-0', { image: 'debian-14', password: 'another-secret-4711' })
  estate.cloud.remove('toy_sensor', 'hall')
  estate.cloud.setFaults({ operation: 'read', type: 'toy5_queue', name: 'bare', action: 'warning', summary: 'Hm' })
  try {
    const once = await found()
    await using running = await startVaino(['up', '--data-dir', 'data', '--listen', '127.0.0.1:0'], {
      cwd: estate.folder.path,
    })
    const [url] = await running.until(/http:\/\/127\.0\.0\.1:\d+/)
    const listed = async () =>
      (await (await fetch(`${url}/v1/drift`)).json()) as { drift: JudgedItem[]; coverage: object }
    const isRead = async () => {
      const { coverage } = await listed()
      return JSON.stringify(coverage) === JSON.stringify(once.coverage)
    }
    await until('the real things were read', isRead, 60_000)
    // Since when is known to those alone that keep looking, and each has a salt of its own for what is secret.
    const comparable = ({ since: _since, ...item }: JudgedItem) =>
      JSON.parse(JSON.stringify(item).replaceAll(/\(redacted:[0-9a-f]{16}\)/g, '(redacted)')) as { address: string }
    const byAddress = (items: readonly JudgedItem[]) =>
      items.map(comparable).sort((a, b) => (a.address < b.address ? -1 : 1))
    const { drift: items } = await listed()
    expect(items.map(({ status }) => status).sort()).toEqual(['changed', 'changed', 'missing', 'unknown'])
    expect(byAddress(items)).toEqual(byAddress(once.items))
    expect(items.every(({ since }) => since !== null)).toBe(true)
    expect(items.find(({ address }) => address === 'toy_server.web[0]')?.group).toBe('toy_server.web')
    const { code, stdout } = await drift('--server', url)
    expect(stdout).toMatch(/ {2}~ toy_server\.bare.*\n {6}image {2}"debian-13" → "debian-14"\n/)
    expect(stdout).toMatch(/ {2}\? toy5_queue\.bare is not known: the provider answered with a warning/)
    expect(code).toBe(1)
    expect((await drift('--server', url, '--state', 'other')).stderr).toContain('No state has "other" in its path')
  } finally {
    estate.cloud.setFaults()
    await estate.terraform.apply()
  }
})
