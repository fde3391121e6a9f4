import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openEngine } from '../../pipeline/embedded/open-embedded-engine.ts'
import { defaultEngineOptions } from '../../pipeline/engine-options.ts'
import { createTelemetry } from '../../pipeline/telemetry/telemetry.ts'
import type { KeyHistories } from '../crash/key-histories.ts'
import { planRequests } from '../crash/request-plan.ts'
import { bodyOf, historiesOf, runUndisturbed } from '../crash/undisturbed-run.ts'
import { seedOf } from '../random.ts'

const sorted = (histories: KeyHistories) => Object.fromEntries([...histories].sort())

test('I11: another number of workers, in each start another, yields the same changes', async () => {
  const seed = seedOf()
  console.log(`VAINO_SEED=${seed}`)
  const plans = planRequests(seed, 4, 24)
  const undisturbed = await runUndisturbed(plans)
  const dataDir = mkdtempSync(path.join(tmpdir(), 'vaino-workers-'))
  using telemetry = createTelemetry({ version: '0.0.0', redact: (text) => text, format: 'none' })
  const counts = [1, 3, 8, 2]
  for (const [part, workers] of counts.entries()) {
    await using engine = await openEngine({ ...defaultEngineOptions, workers, dataDir }, telemetry)
    expect(engine.workers).toBe(workers)
    const share = (plan: (typeof plans)[number]) =>
      plan.slice((part * plan.length) / counts.length, ((part + 1) * plan.length) / counts.length)
    await Promise.all(
      plans.map(async (plan) => {
        for (const request of share(plan)) {
          const { producer, seq } = request
          await engine.ingest(bodyOf(request), 'test', { id: producer, epoch: 0, seq })
        }
      }),
    )
    if (part === counts.length - 1) expect(sorted(historiesOf(engine.reader))).toEqual(sorted(undisturbed.histories))
  }
  rmSync(dataDir, { recursive: true })
}, 60_000)
