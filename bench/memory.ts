/**
 * The memory of processing a million resources: one scan that loads them, one in which nothing and one in which 2 % has changed, posted to a
 * `vaino up` in a process of its own with the default configuration. The kernel counts what that process has.
 *
 *   npm run bench -- memory [keys=1000000] [scopes=2000]
 */
import { usageOf } from '../test/process-usage.ts'
import { ServerProcess } from '../test/server-process.ts'
import { benchScan, eachOf, setting } from './estate/made-up.ts'
import { figure } from './report/figures.ts'

const keys = setting('keys', 1_000_000)
const scopes = setting('scopes', 2_000)
const perScope = Math.ceil(keys / scopes)
/** Requests under way at once. */
const atOnce = 16

await using server = new ServerProcess({ log_level: 'error', partitions: undefined, workers: undefined })
await server.start()
const megabytes = (bytes: number): number => bytes / 2 ** 20
console.log(`${perScope * scopes} keys in ${scopes} scopes; idle: ${megabytes(server.residentBytes).toFixed(0)} MB`)
for (const [round, [name, revisionOf]] of (
  [
    ['first load', () => 0],
    ['nothing changed', () => 0],
    ['2 % changed', (n: number) => (n % 50 === 0 ? 1 : 0)],
  ] as const
).entries()) {
  const [startedAt, cpuBefore] = [performance.now(), usageOf(server.pid).cpuUs]
  await eachOf(scopes, atOnce, async (scope) => {
    for (;;) {
      const body = benchScan(scope, perScope, round, revisionOf)
      const answer = await fetch(`${server.url}/v1/ingest`, { method: 'POST', body })
      const text = await answer.text()
      if (answer.ok) return
      if (answer.status !== 429) throw new Error(`HTTP ${answer.status}: ${text}`)
      await new Promise((resolve) => setTimeout(resolve, Number(answer.headers.get('Retry-After') ?? 1) * 1000))
    }
  })
  const { cpuUs, residentBytes, peakBytes } = usageOf(server.pid)
  const [now, peak, cpuSeconds] = [megabytes(residentBytes), megabytes(peakBytes), (cpuUs - cpuBefore) / 1e6]
  console.log(
    `${name.padEnd(16)} peak ${peak.toFixed(0)} MB, now ${now.toFixed(0)} MB, after ${((performance.now() - startedAt) / 1000).toFixed(0)} s and ${cpuSeconds.toFixed(1)} s of the processor`,
  )
  figure({ what: `${perScope * scopes} resources, ${name}`, value: peak, unit: 'MB', better: 'lower', cpuSeconds })
}
