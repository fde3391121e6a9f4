import { expect, setDefaultTimeout, test } from 'bun:test'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { needs, repository } from '../lanes.ts'

/** One smoke suite, run by each runtime as processes: what a user does first, and what a crash does. */

// Each test starts several processes, and Deno compiles the program anew in each test's folder.
setDefaultTimeout(180_000)

const program = path.join(repository, 'cli/main.ts')
const idleServer = path.join(repository, 'test/runtimes/idle-server.ts')
const launcher = path.join(repository, 'vaino')
const runtimes: readonly (readonly [string, readonly string[]])[] = [
  ['bun', [process.execPath, program]],
  [
    'deno',
    [
      needs.deno.found ?? 'deno',
      'run',
      '-A',
      '--no-lock',
      '--node-modules-dir=manual',
      '--v8-flags=--expose-gc',
      program,
    ],
  ],
]

const record = (id: string, size: number) =>
  `${JSON.stringify({ kind: 'observed', scope: 'aws/1/eu-west-1/vm', resource: { id, type: 'vm', provider: 'aws', configuration: { size } } })}\n`

class Vaino implements AsyncDisposable {
  readonly folder: string
  readonly #words: readonly string[]
  readonly #children: ChildProcess[] = []

  constructor(folder: string, words: readonly string[]) {
    this.folder = folder
    this.#words = words
  }

  #spawn(args: readonly string[], words = this.#words) {
    const [command = '', ...first] = words
    const env = { PATH: process.env.PATH ?? '', HOME: this.folder, DENO_DIR: path.join(this.folder, 'deno') }
    const child = spawn(command, [...first, ...args], { cwd: this.folder, env, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#children.push(child)
    return child
  }

  async run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const child = this.#spawn(args)
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const [code] = (await once(child, 'close')) as [number]
    return { code, stdout, stderr }
  }

  /** Starts `up` and resolves when it listens. */
  async up(...args: string[]) {
    const child = this.#spawn(['up', '--listen', '127.0.0.1:0', '--data-dir', 'data', ...args])
    const ended = once(child, 'close') as Promise<[number | null, string | null]>
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    /** Resolves with the first group of a pattern once stderr has it. */
    const until = (pattern: RegExp) =>
      new Promise<string>((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(said)
          if (found !== null) resolve(found[1] ?? '')
        }
        child.stderr.on('data', look)
        child.on('close', (code) => reject(new Error(`it ended with ${code}: ${said}`)))
        look()
      })
    const url = await until(/^vaino: listening on (http:\S+)$/m)
    const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
      child.kill(signal)
      return (await ended)[0]
    }
    return { url, until, end }
  }

  /** Starts a server whose connections may be idle for one second. */
  async idleServer(): Promise<string> {
    const child = this.#spawn(
      [],
      this.#words.map((word) => (word === program ? idleServer : word)),
    )
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    for await (const line of child.stdout.setEncoding('utf8')) return String(line).trim()
    throw new Error(said)
  }

  async [Symbol.asyncDispose]() {
    for (const child of this.#children) child.kill('SIGKILL')
    await rm(this.folder, { recursive: true, force: true })
  }
}

const start = async (words: readonly string[]) => new Vaino(await mkdtemp(path.join(tmpdir(), 'vaino-runtime-')), words)

async function ingest(url: string, body: string) {
  const answer = await fetch(`${url}/v1/ingest`, { method: 'POST', body })
  expect(answer.status).toBe(200)
  return ((await answer.json()) as { cursor: string }).cursor
}

/** The ids of the first `n` changes of a stream, and the cursor behind the last of them. */
async function stream(url: string, n: number, headers: Record<string, string> = {}) {
  const stop = new AbortController()
  const answer = await fetch(`${url}/v1/changes?live=sse&offset=-1`, { headers, signal: stop.signal })
  let text = ''
  const decoder = new TextDecoder()
  for await (const bytes of answer.body ?? []) {
    text += decoder.decode(bytes, { stream: true })
    if (text.split('event: change').length > n && text.endsWith('\n\n')) break
  }
  stop.abort()
  const events = text.split('\n\n').filter((event) => event.startsWith('event: change'))
  const ids = events.map(
    (event) => (JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? '') as { resource: { id: string } }).resource.id,
  )
  return { ids: ids.slice(0, n), cursor: /^id: (.*)$/m.exec(events[n - 1] ?? '')?.[1] ?? '' }
}

for (const [name, words] of runtimes) {
  test(`${name}: version and doctor name the runtime`, async () => {
    await using vaino = await start(words)
    const version = await vaino.run('version')
    expect(version).toEqual({ code: 0, stdout: expect.stringContaining(` (${name} `), stderr: '' })
    expect((await vaino.run('doctor')).stdout).toContain(`runs on ${name} `)
  })

  test(`${name}: scans and compared files name what changed, and nothing else`, async () => {
    await using vaino = await start(words)
    const state = (delay: number) =>
      JSON.stringify({
        version: 4,
        terraform_version: '1.11.0',
        serial: delay,
        lineage: 'l',
        outputs: {},
        resources: [
          {
            mode: 'managed',
            type: 'aws_sqs_queue',
            name: 'q',
            provider: 'provider["registry.terraform.io/hashicorp/aws"]',
            instances: [{ schema_version: 0, attributes: { name: 'q', delay_seconds: delay } }],
          },
        ],
      })
    const file = path.join(vaino.folder, 'a.tfstate')
    await writeFile(file, state(1))
    const scan = () => vaino.run('scan', '--source', `terraform:${file}`, '--data-dir', 'data')
    expect((await scan()).code).toBe(0)
    expect((await scan()).code).toBe(0)
    await writeFile(file, state(2))
    const changed = await scan()
    expect(changed).toMatchObject({ code: 1, stdout: expect.stringContaining('delay_seconds') })
    await writeFile(path.join(vaino.folder, 'b.tfstate'), state(3))
    const diff = await vaino.run('diff', file, path.join(vaino.folder, 'b.tfstate'), '--no-color')
    expect(diff).toMatchObject({ code: 1, stdout: expect.stringContaining('delay_seconds') })
    expect(await readFile(file, 'utf8')).toBe(state(2))
  })

  test(`${name}: what was acknowledged outlives a killed process, and a stream resumes behind what it had`, async () => {
    await using vaino = await start(words)
    await writeFile(path.join(vaino.folder, 'vaino.yaml'), 'sources: []\n')
    const first = await vaino.up()
    const since = await ingest(first.url, record('a', 1) + record('b', 1))
    const got = await stream(first.url, 2)
    expect(got.ids.toSorted()).toEqual(['a', 'b'])
    expect(await first.end('SIGKILL')).toBe(null)

    const second = await vaino.up()
    await ingest(second.url, record('a', 2) + record('c', 1))
    expect((await stream(second.url, 2, { 'Last-Event-ID': got.cursor })).ids).toEqual(['a', 'c'])
    const lines = async (query: string) => {
      const text = await (await fetch(`${second.url}/v1/snapshot${query}`)).text()
      return text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { key?: string; count?: number })
    }
    expect((await lines('')).at(-1)?.count).toBe(3)
    const keys = (await lines(`?since=${since}`)).flatMap(({ key }) => key?.split('/').at(-1) ?? [])
    expect(keys.toSorted()).toEqual(['a', 'c'])
    expect(await second.end('SIGTERM')).toBe(0)
  })

  test(`${name}: the example replays its steps, and each is seen as changes`, async () => {
    await using vaino = await start(words)
    const { url, until, end } = await vaino.up('--example', '--example-every', '300ms')
    await until(/example, step 3 of/)
    const kinds = new Set<string>()
    while (!kinds.has('u')) {
      const answer = await fetch(`${url}/v1/changes?offset=-1&limit=1000`)
      const { changes } = (await answer.json()) as { changes: { op: string }[] }
      for (const { op } of changes) kinds.add(op)
    }
    expect([...kinds]).toContain('r')
    expect(await end('SIGTERM')).toBe(0)
  })

  test(`${name}: a stream that is silent for longer than a connection may be idle goes on`, async () => {
    await using vaino = await start(words)
    const url = await vaino.idleServer()
    const stop = new AbortController()
    const answer = await fetch(`${url}/v1/changes?live=sse&offset=-1`, { signal: stop.signal })
    // Another connection, idle behind its answer, shows when the time is over.
    const idle = net.connect(Number(new URL(url).port), '127.0.0.1')
    idle.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    idle.resume()
    await once(idle, 'end')
    await ingest(url, record('a', 1))
    let text = ''
    const decoder = new TextDecoder()
    for await (const bytes of answer.body ?? []) {
      text += decoder.decode(bytes, { stream: true })
      if (text.includes('event: change')) break
    }
    expect(text).toContain('"id":"a"')
    stop.abort()
  })

  test(`${name}: the example's states are read and served`, async () => {
    await using vaino = await start(words)
    const { url, end } = await vaino.up(
      '--source',
      `terraform:${path.join(repository, 'examples/estate/states/01-applied')}`,
    )
    let resources: unknown[] = []
    while (resources.length === 0) {
      const answer = await fetch(`${url}/v1/resources?limit=1`)
      resources = ((await answer.json()) as { resources: unknown[] }).resources
    }
    expect(await end('SIGTERM')).toBe(0)
  })
}

test('the launcher starts the runtime that VAINO_RUNTIME names, Bun without it, and refuses any other', async () => {
  const versionWith = (runtime?: string) => {
    const env = { ...process.env, HOME: tmpdir(), ...(runtime === undefined ? {} : { VAINO_RUNTIME: runtime }) }
    const { status, stdout, stderr } = spawnSync(launcher, ['version'], { cwd: tmpdir(), encoding: 'utf8', env })
    return { status, said: stdout + stderr }
  }
  expect(versionWith()).toEqual({ status: 0, said: expect.stringContaining('(bun ') })
  expect(versionWith('deno')).toEqual({ status: 0, said: expect.stringContaining('(deno ') })
  expect(versionWith('node')).toEqual({ status: 2, said: expect.stringContaining('bun (the default) or deno') })
})
