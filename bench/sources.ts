/**
 * How soon one changed state among many is seen, and what that costs:
 *
 *   npm run bench -- sources [states=3000] [changes=5]
 *
 * The whole runner reads a folder of small states into a sink that keeps nothing. Then one state is written anew, several
 * times; each time the delay until its scan has ended and the processor time of this process until then are measured.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { terraform } from '../connectors/terraform/connector.ts'
import type { ScanSink } from '../pipeline/intake/scan-sink.ts'
import { runSources } from '../pipeline/sources/runner.ts'
import { createTelemetry } from '../pipeline/telemetry/telemetry.ts'
import { openSource } from '../test/sources/scan-all.ts'
import { resource4, state4 } from '../test/terraform/states.ts'
import { setting } from './estate/made-up.ts'
import { figure, ofRounds } from './report/figures.ts'

/** Longer than the bench runs: only events lead to scans. */
const intervalMs = 3_600_000
const nothing = async (): Promise<void> => undefined
const perFolder = 100
const states = setting('states', 3000)
const folder = mkdtempSync(join(tmpdir(), 'vaino-bench-'))
const pathOf = (n: number): string => join(folder, `${Math.floor(n / perFolder)}`, `${n}.tfstate`)

try {
  for (let n = 0; n < states; n += perFolder) mkdirSync(join(folder, `${n / perFolder}`))
  for (let n = 0; n < states; n++) writeFileSync(pathOf(n), stateOf(1))
  await measure(setting('changes', 5))
} finally {
  rmSync(folder, { recursive: true })
}

function stateOf(serial: number): string {
  return state4([resource4('web', { id: `i-${serial}` }), resource4('db', { id: 'i-0' })], { serial })
}

async function measure(changes: number): Promise<void> {
  const ended = new Map<string, number>()
  const counting: ScanSink = {
    scan: async (scope) => ({
      observe: nothing,
      gone: nothing,
      end: async () => {
        ended.set(scope, (ended.get(scope) ?? 0) + 1)
        return []
      },
    }),
    events: () => ({
      ...{ observe: nothing, gone: nothing, attributed: nothing, settled: async () => 0 },
      whenCommitted: (committed) => committed(),
    }),
  }
  using telemetry = createTelemetry({ version: 'bench', format: 'none', redact: (text) => text })
  const opened = {
    config: { kind: 'terraform', where: folder, intervalMs: null, forgetAfterMs: null, options: {} },
    source: openSource(terraform, folder, {}, { streamingThresholdBytes: 50 * 1024 * 1024, chunkBytes: 1024 * 1024 }),
    intervalMs,
    forgetAfterMs: null,
    isThrottled: () => false,
  }
  const options = { telemetry, redactText: (text: string) => text, sink: () => counting, concurrency: 2 }
  const startedAt = performance.now()
  await using _running = runSources([opened], options)
  while (ended.size < states) await sleep(10)
  console.log(`${states} states read once in ${(performance.now() - startedAt).toFixed(0)} ms`)
  // The watch takes its first look meanwhile, and scans again what was written just before.
  await sleep(3000)
  const scansBefore = [...ended.values()].reduce((sum, count) => sum + count, 0)
  const costs: { delayMs: number; cpuMs: number }[] = []
  for (let change = 0; change < changes; change++) {
    const path = pathOf(Math.floor((states / changes) * change))
    const scope = [...ended.keys()].find((name) => name.includes(encodeURIComponent(path.slice(folder.length)))) ?? ''
    const before = ended.get(scope)
    const cpu = process.cpuUsage()
    const writtenAt = performance.now()
    writeFileSync(path, stateOf(change + 2))
    while (ended.get(scope) === before) await sleep(2)
    const { user, system } = process.cpuUsage(cpu)
    costs.push({ delayMs: performance.now() - writtenAt, cpuMs: (user + system) / 1000 })
    await sleep(1000)
  }
  const delays = costs.map(({ delayMs }) => delayMs)
  figure({
    what: `one of ${states} states written: until it is read`,
    ...ofRounds(delays),
    unit: 'ms',
    better: 'lower',
  })
  const cpu = costs.map(({ cpuMs }) => cpuMs)
  figure({ what: 'processor time for it', ...ofRounds(cpu), unit: 'ms', better: 'lower' })
  const scans = [...ended.values()].reduce((sum, count) => sum + count, 0) - scansBefore
  const most = (of: (cost: { delayMs: number; cpuMs: number }) => number): string =>
    Math.max(...costs.map(of)).toFixed(0)
  console.log(
    `${changes} changes: ${scans} scans; at most ${most(({ delayMs }) => delayMs)} ms until it was read, ${most(({ cpuMs }) => cpuMs)} ms of processor time`,
  )
}
