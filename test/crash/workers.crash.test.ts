import { describe, expect, test } from 'bun:test'
import { startTestServer, type TestServer, until } from '../../api/test-server.ts'
import { Random, seedOf } from '../random.ts'
import { readHistories } from './key-histories.ts'
import { planRequests } from './request-plan.ts'
import { Sender } from './sender.ts'
import { runUndisturbed } from './undisturbed-run.ts'

const faults = ['throw', 'exit', 'hang'] as const
const hangMs = 1_000
const startServer = () => startTestServer({ engine: { hangMs, workers: 2, partitions: 4 } })

const readiness = async (server: TestServer) => {
  const answer = await server.get('/readyz')
  return { status: answer.status, body: (await answer.json()) as { ready: boolean; problems: string[] } }
}
const losses = async (server: TestServer, reason: string) => {
  const text = await (await server.get('/metrics')).text()
  return Number(new RegExp(`^vaino_worker_losses_total\\{reason="${reason}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
}

test('I2, I11: workers that throw, exit and hang under load lose nothing and repeat nothing', async () => {
  const seed = seedOf()
  console.log(`VAINO_SEED=${seed}`)
  const random = new Random(seed)
  const plans = planRequests(seed, 4, 40)
  const undisturbed = await runUndisturbed(plans)
  await using server = await startServer()

  const faultAt = Array.from({ length: 12 }, (_, n) => (n + 1) * 12)
  const injected = { throw: 0, exit: 0, hang: 0 }
  let acknowledged = 0
  const onAcknowledged = () => {
    if (++acknowledged < (faultAt[0] ?? Number.POSITIVE_INFINITY)) return
    const fault = faults[faultAt.length % faults.length] ?? 'throw'
    faultAt.shift()
    injected[fault]++
    server.engine.injectFault(random.below(server.engine.workers), fault)
  }
  const isUp = () => Promise.reject(new Error('the server did not answer'))
  const senders = plans.map((plan) => new Sender(plan))
  await Promise.all(senders.map((sender) => sender.run(() => server.url, isUp, onAcknowledged)))

  expect(Object.fromEntries([...(await readHistories(server.url))].sort())).toEqual(
    Object.fromEntries([...undisturbed.histories].sort()),
  )
  expect(senders.map(({ repeated }) => repeated)).toEqual(plans.map(() => 0))
  // A fault that reaches a worker which is gone already does nothing.
  expect(await losses(server, 'hung')).toBeGreaterThan(0)
  expect(await losses(server, 'ended')).toBeGreaterThan(0)
  console.log(JSON.stringify(injected), 'hung', await losses(server, 'hung'), 'ended', await losses(server, 'ended'))
  await until('all workers are back', async () => (await readiness(server)).status === 200)
}, 120_000)

test.each(faults.map((fault) => ({ fault })))(
  'while a worker is gone by $fault, /readyz says which partitions have none; then it is ready by itself',
  async ({ fault }) => {
    await using server = await startServer()
    expect(await readiness(server)).toEqual({ status: 200, body: { ready: true, problems: [] } })
    server.engine.injectFault(0, fault)
    const seen = new Set<string>()
    await until('it is not ready', async () => {
      const { status, body } = await readiness(server)
      for (const problem of body.problems) seen.add(problem.replace(/\d+ ms/, 'N ms'))
      return status === 503 && seen.has('partition 0 has no worker yet') && seen.has('partition 2 has no worker yet')
    })
    expect([...seen].filter((problem) => /partition [13]/.test(problem))).toEqual([])
    if (fault === 'hang') expect([...seen]).toContain('worker 0 has been silent for N ms')
    expect((await server.get('/healthz')).status).toBe(200)
    await until('it is ready', async () => (await readiness(server)).status === 200)
    expect(await losses(server, fault === 'hang' ? 'hung' : 'ended')).toBeGreaterThan(0)
  },
)

describe('a record at which workers die again and again', () => {
  const scopes = Array.from({ length: 12 }, (_, n) => `push/-/-/things-${n}`)
  const observed = (scope: string, id: string, value: string) =>
    JSON.stringify({
      kind: 'observed',
      scope,
      resource: { id, type: 't', provider: 'p', configuration: { text: value } },
    })
  const send = async (server: TestServer, lines: readonly string[]) => {
    const answer = await server.get('/v1/ingest', { method: 'POST', body: lines.join('\n') })
    return { status: answer.status, body: (await answer.json()) as object }
  }

  test.each(faults.map((fault) => ({ fault })))(
    'I12, I13: by $fault, ends as a dead letter, and the records around it are applied',
    async ({ fault }) => {
      await using server = await startServer()
      for (let worker = 0; worker < server.engine.workers; worker++)
        server.engine.injectFault(worker, fault, 'deadly "dose"'.replaceAll('"', '\\"'))
      const lines = scopes.flatMap((scope) => ['a', 'b', 'c'].map((id) => observed(scope, id, 'harmless')))
      lines.splice(7, 0, observed(scopes[2] as string, 'x', 'a deadly "dose"'))
      const poisoned = send(server, lines)
      // Others go on meanwhile, in the same partitions too.
      const others = await Promise.all(
        scopes.map((scope, n) => send(server, [observed(scope, `other-${n}`, 'harmless')])),
      )
      expect(others.map(({ status }) => status)).toEqual(scopes.map(() => 200))
      expect(await poisoned).toMatchObject({
        status: 200,
        body: { records: lines.length - 1, changes: lines.length - 1, dead_letters: 1 },
      })

      const letters = (await (await server.get('/v1/deadletters')).json()) as { deadletters: object[] }
      expect(letters.deadletters).toEqual([
        {
          at: expect.any(String),
          reason: 'crashed_worker: workers ended at it repeatedly',
          source: 'ingest line 8',
          preview: expect.stringContaining('deadly \\"dose\\"'),
        },
      ])
      const histories = await readHistories(server.url)
      expect(histories.size).toBe(lines.length - 1 + scopes.length)
      expect([...histories.values()].every((list) => list.length === 1)).toBe(true)
      await until('it is ready', async () => (await readiness(server)).status === 200)
    },
    60_000,
  )

  test('I13: and several of them in one request end so one after another', async () => {
    await using server = await startServer()
    for (let worker = 0; worker < server.engine.workers; worker++) server.engine.injectFault(worker, 'exit', 'deadly')
    const lines = Array.from({ length: 30 }, (_, n) =>
      observed(scopes[n % 2] as string, `id-${n}`, n % 10 === 3 ? 'deadly' : 'harmless'),
    )
    expect(await send(server, lines)).toMatchObject({ status: 200, body: { changes: 27, dead_letters: 3 } })
    const letters = (await (await server.get('/v1/deadletters')).json()) as { deadletters: { source: string }[] }
    expect(letters.deadletters.map(({ source }) => source).sort()).toEqual([
      'ingest line 14',
      'ingest line 24',
      'ingest line 4',
    ])
  }, 60_000)
})

test('a transaction that takes longer than a worker may be silent is no hang: it goes on, and is applied once', async () => {
  await using server = await startTestServer({ engine: { hangMs: 300, workers: 1, partitions: 1 } })
  const scope = 'push/-/-/many'
  const many = 60_000
  const scanOf = (scan: string, count: number) => [
    JSON.stringify({ kind: 'scan.begin', scope, scan }),
    ...Array.from(
      { length: count },
      (_, n) =>
        `{"kind":"observed","scope":"${scope}","scan":"${scan}","resource":{"id":"${n}","type":"t","provider":"p"}}`,
    ),
    JSON.stringify({ kind: 'scan.end', scope, scan, complete: true, count }),
  ]
  const send = async (lines: readonly string[]) => {
    const answer = await server.get('/v1/ingest', { method: 'POST', body: lines.join('\n') })
    return answer.json()
  }
  expect(await send(scanOf('all', many))).toMatchObject({ changes: many, dead_letters: 0 })
  // The first empty scan is held, the second deletes everything at once.
  expect(await send(scanOf('none', 0))).toMatchObject({ changes: 0, dead_letters: 0 })
  expect(await send(scanOf('none again', 0))).toMatchObject({ changes: many, dead_letters: 0 })
}, 60_000)
