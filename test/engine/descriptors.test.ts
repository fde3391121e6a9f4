import { expect, test } from 'bun:test'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { repository } from '../lanes.ts'

const maxFiles = 160
/** More than there are descriptors; the kernel completes their handshakes all the same. */
const idleConnections = 150
const minutes = 60_000

const bun = path.join(repository, 'node_modules/.bin/bun')
const program = path.join(repository, 'cli/main.ts')
const state = { version: 4, terraform_version: '1.11.0', serial: 1, lineage: 'l', outputs: {}, resources: [] }

const linux = test.skipIf(process.platform !== 'linux')

/** A vaino that may open few files, its folder, and the idle connections to it. */
class Crowded implements AsyncDisposable {
  readonly folder: string
  url = ''
  said = ''
  #child: ChildProcess | null = null
  #sockets: net.Socket[] = []
  readonly #kept = new http.Agent({ keepAlive: true, maxSockets: 1 })

  constructor(folder: string) {
    this.folder = folder
  }

  async start(limit = maxFiles): Promise<void> {
    this.said = ''
    const limited = `ulimit -n ${limit}; exec "$0" "$1" up`
    const child = spawn('sh', ['-c', limited, bun, program], { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child = child
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.said += text))
    const listening = /^vaino: listening on (http:\S+)$/m
    await until(() => child.exitCode !== null || listening.test(this.said))
    this.url = listening.exec(this.said)?.[1] ?? ''
    if (this.url === '') throw new Error(`it ended with ${child.exitCode}: ${this.said}`)
  }

  get lives(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null
  }

  /** Connections that send nothing, until the process has no descriptor left to open another file with. */
  async crowd(): Promise<void> {
    const port = Number(new URL(this.url).port)
    for (let i = 0; i < idleConnections; i++) {
      this.#sockets.push(net.connect(port, '127.0.0.1').on('error', () => undefined))
    }
    await until(async () => !this.lives || (await readdir(`/proc/${this.#child?.pid}/fd`)).length >= maxFiles)
  }

  leave(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets = []
  }

  /** A request over the one connection that was there before the crowd. */
  async overKept(method: string, target: string, body = ''): Promise<{ status: number; text: string }> {
    const request = http.request(`${this.url}${target}`, { method, agent: this.#kept })
    request.end(body)
    const [answer] = (await once(request, 'response')) as [http.IncomingMessage]
    let text = ''
    for await (const part of answer.setEncoding('utf8')) text += part
    return { status: answer.statusCode ?? 0, text }
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
  }

  async [Symbol.asyncDispose]() {
    this.leave()
    this.#kept.destroy()
    await this.kill()
    await rm(this.folder, { recursive: true, force: true })
  }
}

async function crowdable(): Promise<Crowded> {
  const crowded = new Crowded(await mkdtemp(path.join(tmpdir(), 'vaino-descriptors-')))
  const file = path.join(crowded.folder, 'a.tfstate')
  await writeFile(file, JSON.stringify(state))
  await writeFile(
    path.join(crowded.folder, 'vaino.yaml'),
    `sources: ["terraform:${file}"]\nlisten: 127.0.0.1:0\ndata_dir: data\n`,
  )
  await crowded.start()
  return crowded
}

const record = (id: string) =>
  `${JSON.stringify({ kind: 'observed', scope: 'a/b/c/d', resource: { id, type: 't', provider: 'a' } })}\n`

linux(
  'with every descriptor taken by idle connections the process goes on, what it acknowledges outlives a kill, and no scope is taken for gone',
  async () => {
    await using vaino = await crowdable()
    expect((await vaino.overKept('GET', '/v1/scopes')).status).toBe(200)
    await vaino.crowd()
    // A state that can't be opened is a scan that failed: nothing follows from it.
    await writeFile(path.join(vaino.folder, 'a.tfstate'), JSON.stringify({ ...state, serial: 2 }))
    await until(() => !vaino.lives || vaino.said.includes('EMFILE'))
    const acknowledged: string[] = []
    while (acknowledged.length < 20 && vaino.lives) {
      const id = `r${acknowledged.length}`
      const { status, text } = await vaino.overKept('POST', '/v1/ingest', record(id))
      expect([status, JSON.parse(text)]).toEqual([200, expect.objectContaining({ changes: 1, dead_letters: 0 })])
      expect((await vaino.overKept('GET', '/metrics')).text).toContain('process_resident_memory_bytes')
      acknowledged.push(id)
    }
    expect(vaino.lives).toBe(true)
    await vaino.kill()
    vaino.leave()
    await vaino.start(1024)
    const answer = await fetch(`${vaino.url}/v1/resources?scope=a/b/c/d&limit=100`)
    const { resources } = (await answer.json()) as { resources: { key: string }[] }
    expect(resources.map(({ key }) => key.split('/').at(-1) ?? '').toSorted()).toEqual(acknowledged.toSorted())
    await until(async () => {
      const { ready } = (await (await fetch(`${vaino.url}/readyz`)).json()) as { ready: boolean }
      return ready
    })
  },
  3 * minutes,
)

linux(
  'idle connections that took every descriptor: others are served within 5 seconds of their leaving, and without it once Bun has closed those that sent no request',
  async () => {
    await using vaino = await crowdable()
    for (const leaves of [true, false]) {
      await vaino.crowd()
      if (leaves) vaino.leave()
      const signal = AbortSignal.timeout(leaves ? 5_000 : 2 * minutes)
      const answer = await fetch(`${vaino.url}/metrics`, { signal, headers: { Connection: 'close' } })
      expect(await answer.text()).toContain('process_resident_memory_bytes')
      const ingested = await fetch(`${vaino.url}/v1/ingest`, { method: 'POST', body: record(`of ${leaves}`) })
      expect(await ingested.json()).toMatchObject({ changes: 1, dead_letters: 0 })
      expect(vaino.lives).toBe(true)
    }
  },
  4 * minutes,
)

const turn = () => new Promise((resolve) => setImmediate(resolve))

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await turn()
}
