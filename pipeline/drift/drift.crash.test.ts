import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { until } from '../../api/test-server.ts'
import { runs } from '../../test/property.ts'
import { ServerProcess } from '../../test/server-process.ts'
import type { DriftEntry } from './drift-log.ts'
import { openEstate, storyOf, tell } from './estate.case.ts'
import { histories, World } from './world.case.ts'

/** Sends one request until it is acknowledged; the server may be killed under it and is started again. */
async function send(
  server: ServerProcess,
  seq: number,
  records: readonly object[],
  killAfterMs: number | null,
): Promise<void> {
  const body = records.map((record) => `${JSON.stringify(record)}\n`).join('')
  const headers = { 'producer-id': 'estate', 'producer-epoch': '0', 'producer-seq': String(seq) }
  let kills = killAfterMs === null ? 0 : 1
  for (;;) {
    const sent = fetch(`${server.url}/v1/ingest`, { method: 'POST', body, headers }).then(
      ({ status }) => status,
      () => 0,
    )
    if (kills-- > 0) {
      await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, killAfterMs ?? 0))])
      await server.kill()
      await sent
      await server.start()
      await caughtUp(server)
    } else {
      const status = await sent
      if (status === 200 || status === 204) return
      if (status !== 0) throw new Error(`the server answered ${status}`)
    }
  }
}

async function caughtUp(server: ServerProcess): Promise<void> {
  await until(
    'the view has caught up',
    async () => {
      const { up_to_date } = (await (await fetch(`${server.url}/v1/drift?limit=1`)).json()) as { up_to_date: boolean }
      return up_to_date
    },
    60_000,
  )
}

async function storyFrom(server: ServerProcess): Promise<string[]> {
  const answer = await fetch(`${server.url}/v1/drift/changes?limit=10000`)
  const { changes } = (await answer.json()) as { changes: DriftEntry[] }
  return changes.map(tell)
}

test('I14, I11: a server that is killed with SIGKILL in the middle comes to the drift log of one that was not', async () => {
  const { seed } = runs(1)
  const [history = []] = fc.sample(histories, { numRuns: 1, ...(seed === undefined ? {} : { seed }) })
  const world = new World()
  await using estate = await openEstate()
  await using undisturbed = await estate.open()
  await using server = new ServerProcess()
  await server.start()
  for (const [at, step] of [
    ...history,
    { ...(history[0] ?? { state: 0, thing: 0, value: 0, kill: null }), act: 'pass' as const },
  ].entries()) {
    const records = world.records(step)
    await estate.send(...records)
    await undisturbed.whenCaughtUp()
    await send(server, at, records, step.kill === null ? null : step.kill * 4)
    const expected = storyOf(undisturbed)
    await until('the log has come as far', async () => (await storyFrom(server)).length >= expected.length, 30_000)
    expect(await storyFrom(server)).toEqual(expected)
  }
}, 300_000)
