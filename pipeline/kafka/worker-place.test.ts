import { expect, test } from 'bun:test'
import type { KafkaWorkerSettings } from './protocol.ts'
import { WorkerLost, WorkerPlace } from './worker-place.ts'

/** With these a worker throws while it loads. */
const unusable = null as unknown as KafkaWorkerSettings

test('a worker that never starts is tried later and later, whoever asks for it, and health says so', async () => {
  const lostAtMs: number[] = []
  const place = new WorkerPlace(0, unusable, 1_000, () => void lostAtMs.push(performance.now()))
  const enough = Promise.withResolvers<void>()
  const refusals = new Set<unknown>()
  // As many partitions do, each of which tries again at once.
  const asking = Array.from({ length: 10 }, async (_, partition) => {
    for (;;) {
      try {
        await place.ask(partition, { kind: 'follow' })
      } catch (error) {
        if (!(error instanceof WorkerLost)) return error
        refusals.add(error.message)
        if (lostAtMs.length >= 4) enough.resolve()
      }
    }
  })
  await enough.promise
  const pauses = lostAtMs.slice(1).map((at, index) => at - (lostAtMs[index] ?? 0))
  for (const [index, ms] of pauses.entries()) expect(ms).toBeGreaterThan(45 * 2 ** index)
  expect(place.problems).toEqual([expect.stringMatching(/^worker 0 ended 4 times before it answered: .*null/)])
  expect([...refusals]).toEqual([expect.stringMatching(/^worker 0 ended: .*null/)])

  await place[Symbol.asyncDispose]()
  for (const refusal of await Promise.all(asking)) expect(refusal).toMatchObject({ code: 'busy' })
}, 30_000)
