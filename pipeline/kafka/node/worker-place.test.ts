import { expect, setSystemTime, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openDataDir } from '../../../storage/data-dir.ts'
import { defaultEngineOptions, workerSettings } from '../../embedded/open-embedded-engine.ts'
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

test('a worker that hangs is replaced, also where the clock is set back', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-place-'))
  try {
    using dataDir = openDataDir(folder, 1)
    const limits = { maxChangeBytes: 1_000_000, maxStateBytes: 1_000_000, maxBatchBytes: 1_000_000 }
    const settings: KafkaWorkerSettings = {
      ...workerSettings({ ...defaultEngineOptions, partitions: 1, dataDir: folder }, dataDir),
      messages: { prefix: 'vaino', encoding: 'json', ...limits },
    }
    const lost: string[] = []
    await using place = new WorkerPlace(0, settings, 100, (reason) => void lost.push(reason))
    await place.ask(0, { kind: 'follow' })
    place.injectFault({ kind: 'fault', fault: 'hang', at: null, where: 'input' })
    const asking = place.ask(0, { kind: 'follow' })
    setSystemTime(Date.now() - 3_600_000)
    await expect(asking).rejects.toBeInstanceOf(WorkerLost)
    expect(lost).toEqual(['hung'])
    expect(await place.ask(0, { kind: 'follow' })).toMatchObject({ head: 0 })
  } finally {
    setSystemTime()
    rmSync(folder, { recursive: true })
  }
}, 30_000)
