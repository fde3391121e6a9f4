/**
 * What the power test records: an engine that takes the planned requests of several producers at once, and prints of each
 * when it was acknowledged. `bun engine-process.ts FOLDER SEED PRODUCERS REQUESTS`
 */
import { statSync } from 'node:fs'
import path from 'node:path'
import { openEngine } from '../../../pipeline/embedded/open-embedded-engine.ts'
import { defaultEngineOptions } from '../../../pipeline/engine-options.ts'
import { createTelemetry } from '../../../pipeline/telemetry/telemetry.ts'
import { planRequests } from '../request-plan.ts'
import { bodyOf } from '../undisturbed-run.ts'
import { listFile } from './recorded-run.ts'

const [folder = '', seed = '', producers = '', requests = ''] = process.argv.slice(2)
const telemetry = createTelemetry({ version: '0.0.0', redact: (text) => text, format: 'none' })
const options = { ...defaultEngineOptions, partitions: 2, workers: 2, dataDir: path.join(folder, 'data') }
const engine = await openEngine(options, telemetry)

await Promise.all(
  planRequests(Number(seed), Number(producers), Number(requests)).map(async (plan) => {
    for (const request of plan) {
      const { producer, seq } = request
      await engine.ingest(bodyOf(request), 'test', { id: producer, epoch: 0, seq })
      process.stdout.write(`${statSync(listFile()).size} ${producer} ${seq}\n`)
    }
  }),
)
process.kill(process.pid, 'SIGKILL')
