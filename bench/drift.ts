/**
 * `vaino drift` over an estate of AWS (moto) beside `terraform plan` of the same, in turn, several times. Told is the median of each: wall time,
 * CPU of the whole tree (the providers' too), the largest resident memory of vaino and of terraform themselves, without the providers, which both
 * start alike, and the calls to AWS. Last, what a pass costs a running vaino (`live: {every: 5s}`), which keeps its providers: the mean of `passes`.
 * `npm run bench -- drift [rounds=3] [passes=5]`; needs terraform, its AWS provider and moto_server. Applying the estate takes minutes.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { edits } from '../test/estate/edits.ts'
import { awsVariables, Estate, type EstateCopy } from '../test/estate/estate.ts'
import { FaultProxy } from '../test/estate/fault-proxy.ts'
import { callAws } from '../test/estate/moto.ts'
import { usageOf } from '../test/process-usage.ts'
import { livePasses } from './estate/live-passes.ts'
import { setting } from './estate/made-up.ts'
import { figure } from './report/figures.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const rounds = setting('rounds', 3)
/** Ticks a second of the times in /proc. */
const ticks = 100

interface Cost {
  readonly wall: number
  readonly cpu: number
  readonly megabytes: number
  readonly calls: number
  readonly code: number | null
}

interface Contestant {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly estate: Watched
  /** Its folder of kept files; null: a new one each time. */
  readonly cache?: string | null
}

/** A copy of the estate, behind a proxy that counts. */
interface Watched {
  readonly copy: EstateCopy
  readonly proxy: FaultProxy
}

/** CPU seconds of all children that have ended, and of theirs. */
function cpuOfChildren(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[13]) + Number(fields[14])) / ticks
}

function peakOf(pid: number): number {
  try {
    return usageOf(pid).peakBytes / 2 ** 20
  } catch {
    return 0
  }
}

const caches: string[] = []
function newCache(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaino-bench-'))
  caches.push(folder)
  return folder
}

const environmentOf = ({ copy, proxy }: Watched, cache: string): NodeJS.ProcessEnv => ({
  ...process.env,
  ...awsVariables(proxy.url),
  TF_CLI_CONFIG_FILE: path.join(copy.infra, 'cli.tfrc'),
  VAINO_CACHE_DIR: cache,
})

async function measure({ name, command, args, estate: { copy, proxy }, cache }: Contestant): Promise<Cost> {
  const env = environmentOf({ copy, proxy }, cache ?? newCache())
  proxy.set(null)
  const cpu = cpuOfChildren()
  const startedAt = performance.now()
  const child = spawn(command, args, { cwd: copy.infra, env, stdio: ['ignore', 'ignore', 'inherit'] })
  let megabytes = 0
  const poll = setInterval(() => {
    megabytes = Math.max(megabytes, peakOf(child.pid ?? 0))
  }, 20)
  const [code] = (await once(child, 'close')) as [number | null]
  clearInterval(poll)
  const wall = (performance.now() - startedAt) / 1000
  const cost = { wall, cpu: cpuOfChildren() - cpu, megabytes, calls: proxy.calls.length, code }
  console.error(
    `${name}: ${wall.toFixed(1)} s, ${cost.cpu.toFixed(1)} CPU s, ${Math.round(megabytes)} MB, ${cost.calls} calls`,
  )
  return cost
}

const median = (costs: readonly Cost[], of: (cost: Cost) => number): number =>
  costs.map(of).sort((a, b) => a - b)[Math.floor(costs.length / 2)] ?? 0

const columns = { 'wall s': 'wall', 'CPU s': 'cpu', 'peak MB': 'megabytes', calls: 'calls' } as const

function report(measured: ReadonlyMap<string, readonly Cost[]>, peers: readonly string[]): void {
  const width = Math.max(...[...measured.keys()].map((name) => name.length))
  console.log(
    `${''.padEnd(width)}  ${Object.keys(columns).join('  ')}  ended with   as a share of ${peers.join(' | ')}`,
  )
  for (const [name, costs] of measured) {
    const figures = Object.entries(columns).map(([title, of]) => {
      const figure = median(costs, (cost) => cost[of])
      return figure.toFixed(of === 'wall' || of === 'cpu' ? 1 : 0).padStart(title.length)
    })
    const shares = peers.map((peer) =>
      (['wall', 'cpu', 'megabytes'] as const)
        .map((of) =>
          (median(costs, (cost) => cost[of]) / median(measured.get(peer) ?? [], (cost) => cost[of])).toFixed(2),
        )
        .join(' '),
    )
    console.log(
      `${name.padEnd(width)}  ${figures.join('  ')}  ${String(costs[0]?.code).padStart(10)}   ${shares.join(' | ')}`,
    )
  }
}

async function watched(estate: Estate): Promise<Watched> {
  const copy = await estate.copy()
  await copy.terraform.apply('-refresh-only')
  const style = { s3_use_path_style: true }
  const names = ['', '.us', '.plain'].map((alias) => `registry.terraform.io/hashicorp/aws${alias}`)
  const live = { configurations: Object.fromEntries(names.map((name) => [name, style])) }
  const sources = [{ kind: 'terraform', where: copy.infra, live }]
  writeFileSync(path.join(copy.infra, 'vaino.yaml'), JSON.stringify({ sources }))
  const running = {
    sources: [{ kind: 'terraform', where: copy.infra, live: { ...live, every: '5s' } }],
    listen: '127.0.0.1:0',
  }
  writeFileSync(
    path.join(copy.infra, 'running.yaml'),
    JSON.stringify({ ...running, data_dir: path.join(copy.infra, '.running') }),
  )
  return { copy, proxy: await FaultProxy.start(copy.endpoint) }
}

await using estate = await Estate.apply()
const still = await watched(estate)
const drifted = await watched(estate)
try {
  const edit = edits.find(({ address }) => address === 'aws_security_group.web')
  if (edit === undefined) throw new Error('the estate has no security group to edit')
  await callAws(drifted.copy.endpoint, [edit.call((address) => estate.attributesOf(address))])

  const vaino = { command: path.join(root, 'vaino'), args: ['drift', '--config', 'vaino.yaml'] }
  const kept = newCache()
  const flags = ['-input=false', '-lock=false', '-detailed-exitcode']
  const peers = ['terraform plan -refresh-only', 'terraform plan']
  const contestants: Contestant[] = [
    { name: 'vaino drift, for the first time', ...vaino, estate: still, cache: null },
    { name: 'vaino drift', ...vaino, estate: still, cache: kept },
    { name: 'vaino drift, one port opened', ...vaino, estate: drifted, cache: kept },
    {
      name: 'terraform plan -refresh-only',
      command: 'terraform',
      args: ['plan', '-refresh-only', ...flags],
      estate: still,
    },
    { name: 'terraform plan', command: 'terraform', args: ['plan', ...flags], estate: still },
  ]
  // Whoever is first would load the provider's program from the disk for all.
  for (const one of contestants.slice(1, 2)) await measure(one)
  const measured = new Map<string, Cost[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const one of contestants) measured.get(one.name)?.push(await measure(one))
  const load = loadavg().map((one) => one.toFixed(0))
  console.log(`medians of ${rounds}, ${cpus().length} cores, load average ${load.join(' ')}`)
  report(measured, peers)

  const args = ['up', '--config', 'running.yaml']
  const where = { cwd: still.copy.infra, env: environmentOf(still, kept) }
  const pass = await livePasses(path.join(root, 'vaino'), args, where, setting('passes', 5))
  console.log(
    `a pass of a running vaino: ${pass.wall.toFixed(2)} s, ${pass.cpu.toFixed(2)} CPU s with its providers, ${pass.megabytes.toFixed(0)} MB without them`,
  )
  const plan = measured.get('terraform plan') ?? []
  for (const [what, unit, value, of] of [
    ['wall', 's', pass.wall, 'wall'],
    ['processor time, providers included', 's', pass.cpu, 'cpu'],
    ['memory, providers not included', 'MB', pass.megabytes, 'megabytes'],
  ] as const) {
    const peer = { name: 'terraform plan', value: median(plan, (cost) => cost[of]) }
    figure({ what: `a pass of live reading: ${what}`, value, unit, better: 'lower', peer })
  }
} finally {
  for (const { copy, proxy } of [still, drifted]) {
    await proxy[Symbol.asyncDispose]()
    await copy[Symbol.asyncDispose]()
  }
  for (const folder of caches) rmSync(folder, { recursive: true, force: true })
}
