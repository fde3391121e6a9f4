import { expect, setSystemTime, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openDataDir } from '../../storage/data-dir.ts'
import { HistoryPins } from '../../storage/history-pins.ts'
import { SettledTimes } from '../../storage/settled-times.ts'
import type { EmbeddedAnswers, EmbeddedRequest } from '../embedded/requests.ts'
import { defaultEngineOptions } from '../engine-options.ts'
import type { KafkaAnswers, KafkaRequest } from '../kafka/node/requests.ts'
import type { Request } from './protocol.ts'
import { WorkerLost } from './worker-lost.ts'
import { workerSettings } from './worker-settings.ts'
import { WorkerThread } from './worker-thread.ts'
import type { WorkerThreadEvents } from './worker-thread-options.ts'

const entries = {
  embedded: new URL('../embedded/worker.ts', import.meta.url),
  kafka: new URL('../kafka/node/worker.ts', import.meta.url),
}
const limits = { maxChangeBytes: 1_000_000, maxStateBytes: 1_000_000, maxBatchBytes: 1_000_000 }

function startThread<R extends Request, A extends Record<R['kind'], unknown>>(
  entry: URL,
  settings: unknown,
  hangMs: number,
  lost: WorkerThreadEvents['lost'],
) {
  const nothing = () => undefined
  const thread = new WorkerThread<R, A>(
    { index: 0, entry, settings, hangMs, bounded: new Set() },
    { started: nothing, committed: nothing, failed: nothing, lost },
  )
  thread.start()
  return thread
}

test('a worker that never starts is tried at longer and longer intervals, and health says so', async () => {
  const lostAtMs: number[] = []
  const enough = Promise.withResolvers<void>()
  // With these settings a worker throws while it loads.
  const thread = startThread<KafkaRequest, KafkaAnswers>(entries.kafka, null, 1_000, () => {
    lostAtMs.push(performance.now())
    if (lostAtMs.length >= 4) enough.resolve()
  })
  const refusals = new Set<unknown>()
  // As many partitions do, each of which asks again at once.
  const asking = Array.from({ length: 10 }, async (_, partition) => {
    for (;;) {
      try {
        await thread.ask(partition, { kind: 'follow' })
      } catch (error) {
        if (!(error instanceof WorkerLost)) return error
        refusals.add(error.message)
      }
    }
  })
  await enough.promise
  const pauses = lostAtMs.slice(1).map((at, index) => at - (lostAtMs[index] ?? 0))
  for (const [index, ms] of pauses.entries()) expect(ms).toBeGreaterThan(45 * 2 ** index)
  expect(thread.problems).toEqual([expect.stringMatching(/^worker 0 ended 4 times before it was ready: .*null/)])
  expect([...refusals]).toEqual([expect.stringMatching(/^worker 0 ended: .*null/)])

  await thread[Symbol.asyncDispose]()
  for (const refusal of await Promise.all(asking)) expect(refusal).toMatchObject({ code: 'busy' })
}, 30_000)

test.each([
  { engine: 'embedded', entry: entries.embedded },
  { engine: 'kafka', entry: entries.kafka },
])(
  'a worker of the $engine engine that hangs is replaced, also while it is idle or the clock is set back',
  async ({ engine, entry }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'vaino-worker-'))
    try {
      using dataDir = openDataDir(folder, 1)
      const settings = {
        ...workerSettings(
          { ...defaultEngineOptions, partitions: 1, dataDir: folder },
          dataDir,
          SettledTimes.create(1),
          HistoryPins.create(1),
        ),
        messages: { prefix: 'vaino', encoding: 'json', ...limits },
      }
      const lost: string[] = []
      const isLost = Promise.withResolvers<void>()
      await using thread = startThread<EmbeddedRequest | KafkaRequest, EmbeddedAnswers & KafkaAnswers>(
        entry,
        settings,
        100,
        (_worker, reason) => {
          lost.push(reason)
          isLost.resolve()
        },
      )
      const open = { kind: engine === 'kafka' ? 'follow' : 'open' } as const
      await thread.ask(0, open)
      thread.injectFault({ kind: 'fault', fault: 'hang', at: null, where: 'input' })
      setSystemTime(Date.now() - 3_600_000)
      await isLost.promise
      expect(lost).toEqual(['hung'])
      expect(await thread.ask(0, open)).toMatchObject({ head: 0 })
    } finally {
      setSystemTime()
      rmSync(folder, { recursive: true })
    }
  },
  30_000,
)

test('a thread that cannot even be created, as where the system gives none, is tried again and does not end the process', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-worker-'))
  try {
    using dataDir = openDataDir(folder, 1)
    let created = 0
    const options = {
      ...{ index: 0, hangMs: 10_000, bounded: new Set<string>() },
      settings: workerSettings(
        { ...defaultEngineOptions, partitions: 1, dataDir: folder },
        dataDir,
        SettledTimes.create(1),
        HistoryPins.create(1),
      ),
      get entry() {
        if (++created === 2 || created === 3) throw new Error('EAGAIN: no thread is to be had')
        return entries.embedded
      },
    }
    const nothing = () => undefined
    const isLost = Promise.withResolvers<void>()
    const events = { started: nothing, committed: nothing, failed: nothing, lost: () => isLost.resolve() }
    await using thread = new WorkerThread<EmbeddedRequest, EmbeddedAnswers>(options, events)
    thread.start()
    await thread.ask(0, { kind: 'open' })
    thread.injectFault({ kind: 'fault', fault: 'throw', at: null, where: 'input' })
    await isLost.promise
    expect(await thread.ask(0, { kind: 'open' })).toMatchObject({ head: 0 })
    expect(created).toBe(4)
    expect(thread.problems).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 60_000)
