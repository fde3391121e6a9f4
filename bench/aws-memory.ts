/**
 * All types in all regions: the memory of a vaino that reads a whole account for the first time.
 *
 *   npm run bench -- aws-memory [regions=31]
 *
 * ministack plays AWS, with a thing of each of 131 types in one region and nothing in the others, which is what most regions hold. Said are resident memory before, at
 * most and at the end, processor time, and how long it took until each scope had been read once. Variables of the runtime, such as BUN_JSC_smallHeapGrowthFactor, reach vaino.
 */
import { until } from '../api/test-server.ts'
import { callAws } from '../test/estate/moto.ts'
import { making } from '../test/ministack/making.ts'
import { startMinistack } from '../test/ministack/ministack.ts'
import { usageOf } from '../test/process-usage.ts'
import { ServerProcess } from '../test/server-process.ts'
import { setting } from './estate/made-up.ts'

const ofAccount = { AWS_EC2_METADATA_DISABLED: 'true', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
await using ministack = await startMinistack()
await callAws(ministack.url, making)
const regions = (await ministack.regions()).map(({ RegionName }) => RegionName).slice(0, setting('regions', 31))
const source = { kind: 'aws', where: '', interval: '1h', regions, events: { lookup: false } }
const environment = { ...process.env, ...ofAccount, AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: ministack.url }
await using server = new ServerProcess({ sources: [source] }, [], environment)
const startedAt = performance.now()
await server.start()
const before = server.residentBytes

let scopes = 0
await until(
  'each scope was read once',
  async () => {
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    const metrics = await (await fetch(`${server.url}/metrics`)).text()
    const sum = (name: string): number =>
      [...metrics.matchAll(new RegExp(`^${name}[^}]*\\} (\\d+)$`, 'gm'))].reduce((all, [, n]) => all + Number(n), 0)
    scopes = sum('vaino_targets\\{')
    const busy = sum('vaino_targets\\{[^}]*state="(?:scanning|throttled)"')
    return busy === 0 && scopes > 100 && sum('vaino_scans_total\\{') >= scopes
  },
  600_000,
)
const seconds = (performance.now() - startedAt) / 1000
const { cpuUs, residentBytes, peakBytes } = usageOf(server.pid)
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`
console.log(
  `${scopes} scopes in ${regions.length} regions, each read once in ${seconds.toFixed(0)} s: ${megabytes(before)} before, ${megabytes(peakBytes)} at most, ${megabytes(residentBytes)} at the end; ` +
    `${(cpuUs / 1e6).toFixed(1)} s of processor time`,
)
