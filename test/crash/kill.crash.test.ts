import { expect, test } from 'bun:test'
import type { ScopeStatus } from '../../model/status.ts'
import { Random, seedOf } from '../random.ts'
import { ServerProcess } from '../server-process.ts'
import { type KeyHistories, readHistories } from './key-histories.ts'
import { type PlannedRequest, planRequests } from './request-plan.ts'
import { Sender } from './sender.ts'
import { runUndisturbed, scopeSummary, type Undisturbed } from './undisturbed-run.ts'

const kills = 20
const producers = 5
const requestsEach = 60

/** Every history so far is how the undisturbed one begins, and reaches at least as far as was acknowledged. */
function check(
  histories: KeyHistories,
  undisturbed: Undisturbed,
  acknowledged: readonly (PlannedRequest | null)[],
): void {
  for (const [key, list] of histories) {
    expect({ key, list }).toEqual({ key, list: (undisturbed.histories.get(key) ?? []).slice(0, list.length) })
  }
  for (const request of acknowledged) {
    if (request === null) continue
    for (const [key, length] of undisturbed.lengthsAfter(request)) {
      expect([key, (histories.get(key)?.length ?? 0) >= length]).toEqual([key, true])
    }
  }
}

test('I1, I2, I3, I11: killed twenty times under load, the server has every acknowledged request exactly once, and the log of an undisturbed run', async () => {
  const seed = seedOf()
  console.log(`VAINO_SEED=${seed}`)
  const random = new Random(seed)
  const plans = planRequests(seed, producers, requestsEach)
  const undisturbed = await runUndisturbed(plans)
  await using server = new ServerProcess()
  await server.start()

  const total = producers * requestsEach
  const killAt = Array.from({ length: kills }, (_, n) => Math.floor(((n + 1) * total) / (kills + 1)))
  let acknowledged = 0
  let restart = Promise.resolve()
  let reached = Promise.withResolvers<void>()
  const onAcknowledged = () => {
    acknowledged++
    if (acknowledged >= (killAt[0] ?? Number.POSITIVE_INFINITY)) reached.resolve()
  }
  const senders = plans.map((plan) => new Sender(plan))
  const isUp = () => restart
  const sending = Promise.all(senders.map((sender) => sender.run(() => server.url, isUp, onAcknowledged)))

  let killed = 0
  while (killAt.length > 0) {
    await Promise.race([reached.promise, sending])
    killAt.shift()
    reached = Promise.withResolvers()
    // The moment is random, within what a request takes.
    await new Promise((resolve) => setTimeout(resolve, random.below(30)))
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    restart = promise
    await server.kill()
    killed++
    const before = senders.map((sender) => sender.acknowledged)
    const cursors = senders.flatMap(({ cursor }) => cursor ?? [])
    try {
      await server.start()
      check(await readHistories(server.url), undisturbed, before)
      for (const cursor of cursors) {
        const answer = await fetch(`${server.url}/v1/changes?offset=${cursor}&limit=1`)
        expect([cursor, answer.status]).toEqual([cursor, 200])
      }
      resolve()
    } catch (error) {
      reject(error)
      throw error
    }
  }
  await sending

  expect(killed).toBe(kills)
  const histories = await readHistories(server.url)
  expect(Object.fromEntries([...histories].sort())).toEqual(Object.fromEntries([...undisturbed.histories].sort()))
  const scopes = (await (await fetch(`${server.url}/v1/scopes`)).json()) as { scopes: ScopeStatus[] }
  expect(scopes.scopes.map(scopeSummary)).toEqual(undisturbed.scopes as never[])
  const letters = (await (await fetch(`${server.url}/v1/deadletters?limit=1000`)).json()) as { deadletters: object[] }
  expect(letters.deadletters.length).toBe(undisturbed.deadLetters)
  const repeated = senders.reduce((sum, sender) => sum + sender.repeated, 0)
  console.log(`${histories.size} keys, ${killed} kills, ${repeated} requests were committed and not acknowledged`)
  expect(await server.stop()).toBe(0)
}, 180_000)
