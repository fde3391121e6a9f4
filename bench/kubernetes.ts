/**
 * A vaino that watches a cluster beside a shared informer of client-go, which keeps the same objects and compares each with the one
 * before, at the same time and of the same API server.
 *
 *   npm run bench -- kubernetes [objects=10000] [patches=5000] [bytes=1000]
 *
 * The API server is the real one, over its etcd, on the same cores. Said are, for each of the two, how long it took until it knew all
 * objects, vaino's view of drift included, and the CPU of that; how many events a second came through and the CPU of each, while `patches` objects are patched as fast as
 * the server takes them; and the memory afterwards. vaino writes every change to the disk (fsync); the informer keeps all in memory.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { loadavg } from 'node:os'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { goProgram } from '../test/kubernetes/build.ts'
import { readAll, startCluster } from '../test/kubernetes/cluster.ts'
import { makeNamespace } from '../test/kubernetes/custom-kind.ts'
import { cpuByThread, usageOf } from '../test/process-usage.ts'
import { ServerProcess } from '../test/server-process.ts'
import { eachOf, setting } from './estate/made-up.ts'

const [objects, patches, bytes] = [setting('objects', 10_000), setting('patches', 5000), setting('bytes', 1000)]
const limitMs = 600_000
/** Before all patches are made nothing is asked: vaino's answer is a page of metrics, which is work too. */
const pollMs = 500
/** Threads that take less of a change are not named. */
const namedUs = 1
/** Concurrent requests; the API server's throughput peaks at about this number. */
const writers = 32
const maps = '/api/v1/namespaces/bench/configmaps'

/** One that follows the objects, as a process. */
interface Follower extends AsyncDisposable {
  readonly name: string
  readonly pid: number
  knowsAll(): Promise<boolean>
  /** Changes of objects that it has seen since it knew all. */
  changes(): Promise<number>
}

class Informer implements Follower {
  readonly name = 'client-go informer'
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  #isComplete = false

  constructor(kubeconfig: string) {
    const program = goProgram('informer', fileURLToPath(new URL('kubernetes/informer', import.meta.url)))
    this.#child = spawn(program, [kubeconfig], { stdio: ['pipe', 'pipe', 'inherit'] })
    const { stdout } = this.#child
    if (stdout === null) throw new Error('it has no output')
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  async knowsAll(): Promise<boolean> {
    this.#isComplete ||= (await this.#lines.next()).value === 'complete'
    return this.#isComplete
  }

  async changes(): Promise<number> {
    this.#child.stdin?.write('\n')
    return Number((await this.#lines.next()).value)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill()
  }
}

class Vaino implements Follower {
  readonly name = 'vaino'
  readonly #server: ServerProcess

  private constructor(server: ServerProcess) {
    this.#server = server
  }

  static async start(kubeconfig: string): Promise<Vaino> {
    const sources = [{ kind: 'kubernetes', where: 'test', kinds: { include: ['ConfigMap'] } }]
    const server = new ServerProcess({ sources }, [], { ...process.env, KUBECONFIG: kubeconfig })
    await server.start()
    return new Vaino(server)
  }

  get pid(): number {
    return this.#server.pid
  }

  async knowsAll(): Promise<boolean> {
    const answer = await fetch(`${this.#server.url}/v1/scopes`)
    const { scopes } = (await answer.json()) as { scopes: { source?: { state: string }; resources: number }[] }
    if (!scopes.some(({ source, resources }) => source?.state === 'following' && resources >= objects)) return false
    // What the drift view has to do with each of them the first time is no work of a change.
    const { managed } = (await (await fetch(`${this.#server.url}/v1/coverage`)).json()) as { managed: number }
    return managed >= objects
  }

  async changes(): Promise<number> {
    const text = await (await fetch(`${this.#server.url}/metrics`)).text()
    return Number(/^vaino_changes_by_op_total\{op="u"\} (\d+)$/m.exec(text)?.[1])
  }

  [Symbol.asyncDispose] = (): Promise<void> => this.#server[Symbol.asyncDispose]()
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`)
    await pause(pollMs)
  }
}

const cpuMs = (pid: number): number => usageOf(pid).cpuUs / 1000

await using cluster = await startCluster()
await cluster.grant('vaino', readAll)
await makeNamespace(cluster.admin, 'bench')
console.log(`making ${objects} config maps of ${bytes} bytes …`)
const configMap = { apiVersion: 'v1', kind: 'ConfigMap' }
const data = (n: number) => ({ n: String(n), text: 'x'.repeat(bytes) })
await eachOf(objects, writers, async (n) => {
  await cluster.admin.create(maps, { ...configMap, metadata: { name: `m-${n}` }, data: data(0) })
})
const kubeconfig = cluster.kubeconfig('vaino')

async function timed(start: () => Promise<Follower>) {
  const startedAt = performance.now()
  const follower = await start()
  await until(`${follower.name} knows all`, () => follower.knowsAll())
  return { follower, seconds: (performance.now() - startedAt) / 1000, loadCpuMs: cpuMs(follower.pid) }
}

// One after the other: each has the machine, and the API server, to itself.
const started = [await timed(async () => new Informer(kubeconfig)), await timed(() => Vaino.start(kubeconfig))]
const before = started.map(({ follower }) => ({ cpuMs: cpuMs(follower.pid), threads: cpuByThread(follower.pid) }))
const startedAt = performance.now()
await eachOf(patches, writers, async (n) => {
  await cluster.admin.patch(`${maps}/m-${n % objects}`, { data: { n: String(1 + n) } })
})
const patchedIn = (performance.now() - startedAt) / 1000
const seen = started.map(async ({ follower }) => {
  await until(`${follower.name} has seen all`, async () => (await follower.changes()) >= patches)
  return (performance.now() - startedAt) / 1000
})
const seconds = await Promise.all(seen)
console.log(
  `${patches} patches in ${patchedIn.toFixed(1)} s, ${(patches / patchedIn).toFixed(0)}/s; load ${loadavg()[0]?.toFixed(1)}`,
)
for (const [at, { follower, seconds: loadSeconds, loadCpuMs }] of started.entries()) {
  const used = cpuMs(follower.pid) - (before[at]?.cpuMs ?? 0)
  const { residentBytes, peakBytes } = usageOf(follower.pid)
  console.log(
    [
      follower.name.padEnd(20),
      `all ${objects} known after ${loadSeconds.toFixed(1)} s, ${(loadCpuMs / 1000).toFixed(2)} s of CPU`,
      `${(patches / (seconds[at] ?? 1)).toFixed(0)} events/s, ${((used * 1000) / patches).toFixed(0)} µs of CPU each`,
      `${(residentBytes / 1e6).toFixed(0)} MB, ${(peakBytes / 1e6).toFixed(0)} MB at most`,
    ].join('; '),
  )
  const threads = [...cpuByThread(follower.pid)]
    .map(([name, us]) => [name, (us - (before[at]?.threads.get(name) ?? 0)) / patches] as const)
    .filter(([, us]) => us >= namedUs)
    .sort(([, one], [, other]) => other - one)
  console.log(`  by thread, µs a change: ${threads.map(([name, us]) => `${name} ${us.toFixed(0)}`).join(', ')}`)
}
for (const { follower } of started) await follower[Symbol.asyncDispose]()
process.exit(0)
