/**
 * `vaino drift` over an estate of AWS (moto) beside `terraform plan -refresh-only` of the same, in turn, several times: nothing
 * drifted, and one port opened by hand. Told is the median of each: wall time, CPU of the whole tree (the providers' too), and the
 * largest resident memory of vaino and of terraform themselves, without the providers, which both start alike.
 * `npm run bench -- drift [rounds]`; needs terraform, its AWS provider and moto_server. Applying the estate takes minutes.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { awsVariables, Estate } from '../test/estate/estate.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const rounds = Number(process.argv[2] ?? 3)
/** Ticks a second of the times in /proc. */
const ticks = 100

interface Cost {
  readonly wall: number
  readonly cpu: number
  readonly megabytes: number
  readonly code: number | null
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
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

async function measure(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Cost> {
  const cpu = cpuOfChildren()
  const startedAt = performance.now()
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] })
  let megabytes = 0
  const poll = setInterval(() => {
    megabytes = Math.max(megabytes, peakOf(child.pid ?? 0))
  }, 50)
  const [code] = (await once(child, 'close')) as [number | null]
  clearInterval(poll)
  return { wall: (performance.now() - startedAt) / 1000, cpu: cpuOfChildren() - cpu, megabytes, code }
}

const median = (costs: readonly Cost[], of: (cost: Cost) => number): number =>
  costs.map(of).sort((a, b) => a - b)[Math.floor(costs.length / 2)] ?? 0

const shown = (name: string, costs: readonly Cost[]): string =>
  `${name.padEnd(32)} ${median(costs, ({ wall }) => wall).toFixed(1)} s wall, ${median(costs, ({ cpu }) => cpu).toFixed(1)} s CPU, ${Math.round(median(costs, ({ megabytes }) => megabytes))} MB, ended with ${costs[0]?.code}`

await using estate = await Estate.apply()
await using copy = await estate.copy()
await copy.terraform.apply('-refresh-only')
const env = awsVariables(copy.endpoint)
const style = { s3_use_path_style: true }
const names = [
  'registry.terraform.io/hashicorp/aws',
  'registry.terraform.io/hashicorp/aws.us',
  'registry.terraform.io/hashicorp/aws.plain',
]
const live = { configurations: Object.fromEntries(names.map((name) => [name, style])) }
const config = path.join(copy.infra, 'vaino.yaml')
writeFileSync(config, JSON.stringify({ sources: [{ kind: 'terraform', where: copy.infra, live }] }))

const vaino: Cost[] = []
const plan: Cost[] = []
for (let round = 0; round < rounds; round++) {
  vaino.push(await measure(path.join(root, 'vaino'), ['drift', '--config', config], copy.infra, env))
  const terraformEnv = { ...env, TF_CLI_CONFIG_FILE: path.join(copy.infra, 'cli.tfrc') }
  const flags = ['plan', '-refresh-only', '-input=false', '-lock=false', '-detailed-exitcode']
  plan.push(await measure('terraform', flags, copy.infra, terraformEnv))
}
console.log(shown('vaino drift', vaino))
console.log(shown('terraform plan -refresh-only', plan))
