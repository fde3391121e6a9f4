/**
 * The memory of processing a million resources: one scan that loads them, one in which nothing and one in which 2 % has
 * changed, with the default configuration. The input is made as it is sent, so that what is counted is vaino's own.
 *
 *   npm run bench -- memory [keys=1000000] [scopes=2000]
 */
import { readFileSync } from 'node:fs'
import { benchEngine } from './estate/bench-engine.ts'
import { benchScan, eachOf, oneChunk, setting } from './estate/made-up.ts'
import { figure } from './report/figures.ts'

const keys = setting('keys', 1_000_000)
const scopes = setting('scopes', 2_000)
const perScope = Math.ceil(keys / scopes)

const opened = await benchEngine()
const { engine } = opened

/** The highest resident memory of this process so far, as the kernel counts it; Linux only. */
const peakMegabytes = (): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024

console.log(`${perScope * scopes} keys in ${scopes} scopes; idle: ${peakMegabytes().toFixed(0)} MB`)
for (const [name, revisionOf] of [
  ['first load', () => 0],
  ['nothing changed', () => 0],
  ['2 % changed', (n: number) => (n % 50 === 0 ? 1 : 0)],
] as const) {
  const startedAt = performance.now()
  await eachOf(scopes, 16, async (scope) => {
    const body = benchScan(scope, perScope, Math.random(), revisionOf)
    await engine.ingest(oneChunk(body), 'bench', undefined, body.byteLength)
  })
  const seconds = (performance.now() - startedAt) / 1000
  const now = process.memoryUsage.rss() / 1024 / 1024
  console.log(
    `${name.padEnd(16)} peak ${peakMegabytes().toFixed(0)} MB, now ${now.toFixed(0)} MB, after ${seconds.toFixed(0)} s`,
  )
  figure({ what: `${perScope * scopes} resources, ${name}`, value: peakMegabytes(), unit: 'MB', better: 'lower' })
}
await opened[Symbol.asyncDispose]()
process.exit(0)
