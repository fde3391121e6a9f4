import { afterAll, describe, expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { until } from '../../api/test-server.ts'
import { ServerProcess } from '../server-process.ts'
import { readHistories } from './key-histories.ts'
import { SmallDisk, whyNoSmallDisk } from './small-disk.ts'

const why = whyNoSmallDisk()
afterAll(() => {
  if (why !== null) console.warn(`SKIPPED what a full disk does: ${why}`)
})

const diskBytes = 80_000_000
const ballastBytes = 66_000_000
const mostRequests = 200

const body = (n: number) =>
  Array.from({ length: 20 }, (_, i) =>
    JSON.stringify({
      kind: 'observed',
      scope: `push/-/-/things-${i % 8}`,
      resource: { id: `${n}-${i}`, type: 't', provider: 'p', configuration: { text: `${n} `.repeat(2_000) } },
    }),
  ).join('\n')

interface Problem {
  readonly code: string
  readonly detail: string
  readonly hint: string
}
const send = async (server: ServerProcess, n: number) => {
  const headers = { 'producer-id': 'one', 'producer-epoch': '0', 'producer-seq': String(n) }
  const answer = await fetch(`${server.url}/v1/ingest`, { method: 'POST', body: body(n), headers })
  const said = await answer.text()
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), problem: said && JSON.parse(said) }
}
const readiness = async (server: ServerProcess) => {
  const answer = await fetch(`${server.url}/readyz`)
  return { status: answer.status, text: await answer.text() }
}

describe.skipIf(why !== null)('a disk that is full', () => {
  test('I1, I11, I12: refuses input with 507, shows in /readyz, and loses nothing; when there is space again it goes on by itself', async () => {
    using disk = new SmallDisk(diskBytes)
    disk.fill(ballastBytes)
    const dataDir = path.join(disk.path, 'data')
    await using server = new ServerProcess({ data_dir: dataDir, partitions: 2 })
    await server.start()

    let acknowledged = 0
    let refused = await send(server, 0)
    for (; refused.status === 200 && acknowledged < mostRequests; refused = await send(server, acknowledged))
      acknowledged++
    expect(refused).toMatchObject({ status: 507, retryAfter: '1' })
    const problem: Problem = refused.problem
    expect(problem).toMatchObject({
      code: 'storage_full',
      detail: expect.stringMatching(/^No space is left for .*\/partitions\/\d\.sqlite$/),
    })
    expect(problem.hint).toContain('Free some space')

    // It says so for as long as it is so, and takes no input; what was acknowledged can be read.
    for (let n = 0; n < 30; n++) {
      expect(await readiness(server)).toMatchObject({ status: 503, text: expect.stringContaining('No space is left') })
      expect((await send(server, acknowledged)).status).toBe(507)
    }
    const kept = await readHistories(server.url)
    for (let n = 0; n < acknowledged; n++) {
      for (let i = 0; i < 20; i++) expect(kept.get(`push/-/-/things-${i % 8}/${n}-${i}`)?.length).toBe(1)
    }
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    expect(Number(/^vaino_storage_failures_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0)

    rmSync(disk.ballast)
    await until('it is ready', async () => (await readiness(server)).status === 200)
    for (let n = acknowledged; n < acknowledged + 20; n++) expect((await send(server, n)).status).toBe(200)
    const histories = await readHistories(server.url)
    expect(histories.size).toBe((acknowledged + 20) * 20)
    expect([...histories.values()].every((list) => list.length === 1)).toBe(true)
    expect(server.stderr.match(/"event":"storage_failed"/g)?.length).toBeLessThanOrEqual(40)
    expect(await server.stop()).toBe(0)
  }, 60_000)

  test('I1: a server that was killed on it says why it does not start, and starts when there is room', async () => {
    using disk = new SmallDisk(diskBytes)
    await using server = new ServerProcess({ data_dir: path.join(disk.path, 'data') })
    await server.start()
    for (let n = 0; n < 20; n++) expect((await send(server, n)).status).toBe(200)
    await server.kill()
    disk.fillUp()
    const refusal = await server.start().then(
      () => 'it started',
      (error: Error) => error.message,
    )
    expect(refusal).toMatch(/^the server ended with code 2: vaino: No space is left for /m)
    rmSync(disk.ballast)
    await server.start()
    expect((await readHistories(server.url)).size).toBe(400)
    expect((await send(server, 19)).status).toBe(204)
  }, 60_000)

  test('a new data directory on it is refused, and is there when there is room', async () => {
    using disk = new SmallDisk(diskBytes)
    await using server = new ServerProcess({ data_dir: path.join(disk.path, 'data') })
    disk.fillUp()
    await expect(server.start()).rejects.toThrow(/ended with code 2: vaino: No space is left for /)
    rmSync(disk.ballast)
    await server.start()
    expect((await send(server, 0)).status).toBe(200)
  }, 60_000)
})
