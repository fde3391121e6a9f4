/**
 * How fast a large Terraform state is read, and how much memory that takes:
 *
 *   npm run bench -- terraform-state [megabytes=200] [folder=…]
 *
 * A process of its own reads a generated state through the connector and turns every resource to JSON, as the pipeline
 * does; its memory is the highest that the system ever counted, runtime included. The ratio is against `JSON.parse` of the
 * same file in another process, because this machine's speed wanders.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { terraform } from '../connectors/terraform/connector.ts'
import type { ScanOutcome, ScanSink } from '../pipeline/intake/scan-sink.ts'
import { openSource, scanAll } from '../test/sources/scan-all.ts'
import { writeState } from '../test/terraform/large-state.ts'
import { figure } from './report/figures.ts'

interface Reading {
  readonly resources: number
  readonly complete: boolean
  readonly ms: number
  readonly cpuMs: number
  readonly maxRssBytes: number
}

const given = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`${name}=`))?.slice(name.length + 1)

const [toRead, toParse] = [given('read'), given('parse')]
if (toRead !== undefined) report(await measure(() => readThrough(toRead)))
else if (toParse !== undefined) report(await measure(async () => parseWhole(toParse)))
else compare(Number(given('megabytes') ?? 200), given('folder') ?? tmpdir())

function compare(megabytes: number, parent: string): void {
  const folder = mkdtempSync(join(parent, 'vaino-bench-'))
  try {
    const path = join(folder, 'large.tfstate')
    const instances = writeState(path, megabytes * 1_000_000)
    // A file that was written this very moment may still be written, and is read later.
    utimesSync(path, 0, 0)
    const bytes = statSync(path).size
    console.log(`${(bytes / 1e6).toFixed(0)} MB, ${instances} instances`)
    const reading = inProcess(`read=${path}`)
    if (!reading.complete || reading.resources !== instances) throw new Error(`read ${reading.resources} of them`)
    console.log(line('connector', bytes, reading))
    // One string can't hold more.
    if (bytes >= 2 ** 30) return
    const parsing = inProcess(`parse=${path}`)
    console.log(line('JSON.parse', bytes, parsing))
    const rate = ({ ms }: Reading) => bytes / 1e3 / ms
    const peer = { name: 'JSON.parse of the whole', value: rate(parsing) }
    const peakMB = reading.maxRssBytes / 1e6
    const what = `a state of ${(bytes / 1e6).toFixed(0)} MB, streamed`
    const cpuSeconds = reading.cpuMs / 1000
    figure({ what, value: rate(reading), unit: 'MB/s', better: 'higher', peer, peakMB, cpuSeconds })
    const parserPeak = { name: 'JSON.parse of the whole', value: parsing.maxRssBytes / 1e6 }
    figure({ what: `${what}: memory`, value: peakMB, unit: 'MB', better: 'lower', peer: parserPeak })
    console.log(
      `connector / JSON.parse: ${(reading.cpuMs / parsing.cpuMs).toFixed(2)}× processor time, ${(reading.maxRssBytes / parsing.maxRssBytes).toFixed(2)}× memory`,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function line(name: string, bytes: number, { ms, cpuMs, maxRssBytes }: Reading): string {
  const speed = `${(bytes / 1e3 / ms).toFixed(0)} MB/s, ${(cpuMs / 1000).toFixed(2)} s of processor time`
  return `${name}: ${speed}, ${(maxRssBytes / 1e6).toFixed(0)} MB of memory at most`
}

function inProcess(argument: string): Reading {
  const { stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), argument], {
    encoding: 'utf8',
  })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

function report(reading: Reading): void {
  console.log(JSON.stringify(reading))
}

async function measure(read: () => Promise<{ resources: number; complete: boolean }>): Promise<Reading> {
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  const { resources, complete } = await read()
  const { user, system } = process.cpuUsage(cpu)
  const ms = performance.now() - startedAt
  return { resources, complete, ms, cpuMs: (user + system) / 1000, maxRssBytes: maxRssBytes() }
}

/** Linux counts a parent's memory into its child's `maxRSS`, but not into `VmHWM`. */
function maxRssBytes(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : ''
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS) * 1024
}

async function readThrough(path: string): Promise<{ resources: number; complete: boolean }> {
  const source = openSource(terraform, path, {}, { streamingThresholdBytes: 1024 * 1024, chunkBytes: 1024 * 1024 })
  const outcomes: ScanOutcome[] = []
  let resources = 0
  let characters = 0
  const scan = async () => ({
    async observe(resource: object) {
      characters += JSON.stringify(resource).length
      resources++
    },
    gone: async () => undefined,
    async end(outcome: ScanOutcome) {
      outcomes.push(outcome)
      return []
    },
  })
  const nothing = async () => undefined
  const events: ScanSink['events'] = () => ({
    ...{ observe: nothing, gone: nothing, attributed: nothing, settled: async () => 0 },
    whenCommitted: (committed) => committed(),
  })
  await scanAll(source, { scan, events }, { concurrency: 1 })
  return { resources, complete: characters > 0 && outcomes.every(({ complete }) => complete) }
}

function parseWhole(path: string): { resources: number; complete: boolean } {
  const state = JSON.parse(readFileSync(path, 'utf8')) as { resources: { instances: unknown[] }[] }
  return { resources: state.resources.reduce((sum, { instances }) => sum + instances.length, 0), complete: true }
}
