import { expect, test } from 'bun:test'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Change, Item } from '../../model/change.ts'
import { environment, type Running, runtimeFlags, startVaino, stateOf, temporaryFolder, vaino } from '../test-cli.ts'

const listening = /^vaino: listening on (http:\/\/127\.0\.0\.1:\d+)$/m

/** A folder with one Terraform state, and vaino watching it. */
async function watched() {
  const folder = await temporaryFolder()
  await mkdir(path.join(folder.path, 'infra'))
  const state = path.join(folder.path, 'infra', 'app.tfstate')
  const put = async (delays: Readonly<Record<string, number>>, serial: number) => {
    await writeFile(`${state}.new`, stateOf(delays, serial))
    await rename(`${state}.new`, state)
  }
  await put({ jobs: 1, mails: 1 }, 1)
  const start = (more: readonly string[] = ['--listen', '127.0.0.1:0']): Running =>
    startVaino(['up', '--source', 'terraform:infra', ...more], { cwd: folder.path })
  return { folder, put, start, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

const jsonLines = (output: string) =>
  output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { event: string })

test('up says where it listens, serves what it watches, and streams what changes', async () => {
  await using scene = await watched()
  await using up = scene.start()
  const [, url = ''] = await up.until(listening)
  await using watching = startVaino([
    'watch',
    '-o',
    'json',
    '--offset',
    '-1',
    '--op',
    'u',
    '--limit',
    '1',
    '--server',
    url,
  ])
  await using waiting = startVaino(['watch', '--offset', '-1', '--limit', '2', '--server', url])
  expect(await waiting.ended).toBe(0)
  await scene.put({ jobs: 7, mails: 1 }, 2)
  expect(await watching.ended).toBe(0)
  const change = JSON.parse(watching.output) as Change
  expect(change.fields).toMatchObject([{ path: 'configuration.delay_seconds', op: 'replace', before: 1, after: 7 }])
  const items = JSON.parse((await vaino(['list', '-o', 'json', '--server', url])).stdout) as Item[]
  expect(items.map(({ key, version }) => [key as string, version])).toEqual([
    ['terraform/infra%2Fapp.tfstate/-/state/aws_sqs_queue.jobs', 2],
    ['terraform/infra%2Fapp.tfstate/-/state/aws_sqs_queue.mails', 1],
  ])
})

test('without a terminal the log is JSON lines, which name its beginning and its end', async () => {
  await using scene = await watched()
  await using up = scene.start()
  await up.until(listening)
  up.kill('SIGTERM')
  expect(await up.ended).toBe(0)
  const events = jsonLines(up.output).map(({ event }) => event)
  expect(events).toContain('started')
  expect(events.slice(-2)).toEqual(['stopping', 'stopped'])
})

test('Ctrl-C stops it cleanly with 130, and what was recorded is there at the next start', async () => {
  await using scene = await watched()
  const cursorOf = async (url: string) => (await (await fetch(`${url}/v1/resources`)).json()) as { resources: Item[] }
  {
    await using up = scene.start()
    const [, url = ''] = await up.until(listening)
    await using seen = startVaino(['watch', '--offset', '-1', '--limit', '2', '--server', url])
    await seen.ended
    up.kill('SIGINT')
    expect(await up.ended).toBe(130)
  }
  await using again = scene.start()
  const [, url = ''] = await again.until(listening)
  expect((await cursorOf(url)).resources.map(({ version }) => version)).toEqual([1, 1])
})

test('watch goes on over a server that is killed and started again: nothing is missed, nothing comes twice', async () => {
  await using scene = await watched()
  let url = ''
  let watching: Running
  {
    await using up = scene.start()
    url = (await up.until(listening))[1] ?? ''
    const flags = ['-o', 'json', '--offset', '-1', '--name', 'jobs', '--limit', '4', '--server', url]
    watching = startVaino(['watch', ...flags])
    await watching.until(/"op":"r"/)
    await scene.put({ jobs: 2, mails: 1 }, 2)
    await watching.until(/"after":2/)
    up.kill('SIGKILL')
    await up.ended
  }
  await using _ = watching
  await scene.put({ jobs: 3, mails: 1 }, 3)
  await watching.until(/connection was lost/)
  await using _again = scene.start(['--listen', new URL(url).host])
  await watching.until(/"after":3/)
  await scene.put({ jobs: 4, mails: 1 }, 4)
  expect(await watching.ended).toBe(0)
  const versions = watching.output.match(/"version":\d+/g)
  expect(versions).toEqual(['"version":1', '"version":2', '"version":3', '"version":4'])
})

test('a second process on the same data directory, and a port in use, are reported as such', async () => {
  await using scene = await watched()
  await using up = scene.start()
  const [, url = ''] = await up.until(listening)
  const inUse = await vaino(['up', '--source', 'terraform:infra', '--listen', '127.0.0.1:0'], {
    cwd: scene.folder.path,
  })
  expect(inUse.code).toBe(2)
  expect(inUse.stderr).toContain('Another process uses the data directory .vaino')
  const port = await vaino(
    ['up', '--source', 'terraform:infra', '--data-dir', 'other', '--listen', new URL(url).host],
    {
      cwd: scene.folder.path,
    },
  )
  expect(port.code).toBe(2)
  expect(port.stderr).toContain('is in use by another process')
})

test('a data directory that can not be written is reported as such', async () => {
  await using scene = await watched()
  const locked = path.join(scene.folder.path, 'locked')
  await writeFile(locked, 'a file, which no user can make a folder in')
  await chmod(locked, 0o400)
  const { code, stderr } = await vaino(['up', '--source', 'terraform:infra', '--data-dir', 'locked'], {
    cwd: scene.folder.path,
  })
  expect(code).toBe(2)
  expect(stderr).toContain('the data directory locked')
})

test('an address that others can reach is refused while there are no tokens', async () => {
  await using scene = await watched()
  const { code, stderr } = await vaino(['up', '--source', 'terraform:infra', '--listen', '0.0.0.0:0'], {
    cwd: scene.folder.path,
  })
  expect(code).toBe(2)
  expect(stderr).toContain('there are no tokens')
})

test('with tokens they are asked for, and VAINO_TOKEN is what the commands send', async () => {
  await using scene = await watched()
  const token = 'a-token-for-this-test'
  await writeFile(path.join(scene.folder.path, 'vaino.yaml'), `tokens:\n  read: [${token}]\n`)
  await using up = scene.start()
  const [, url = ''] = await up.until(listening)
  const refused = await vaino(['list', '--server', url])
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('needs a token')
  expect(await vaino(['list', '--server', url], { env: { VAINO_TOKEN: token } })).toMatchObject({ code: 0 })
  expect(up.output).not.toContain(token)
})

test('every source that can not be meant is reported at once', async () => {
  await using folder = await temporaryFolder()
  const { code, stderr } = await vaino(
    ['up', '--source', 'terafrom:x', '--source', 'terraform:ftp://b/k', '--listen', '127.0.0.1:0'],
    {
      cwd: folder.path,
    },
  )
  expect(code).toBe(2)
  expect(stderr).toContain('"terafrom" is no kind of source. Did you mean terraform?')
  expect(stderr).toContain('A source is KIND:WHERE, such as terraform:./infra, terraform:"envs/*/terraform.tfstate", ')
  expect(stderr).toContain('states are not read from ftp:// addresses')
})

test('a configuration that is wrong, or has keys without effect, is reported before anything starts', async () => {
  await using folder = await temporaryFolder()
  await writeFile(path.join(folder.path, 'vaino.yaml'), 'sources: []\nintervall: 5s\n')
  const wrong = await vaino(['up'], { cwd: folder.path })
  expect(wrong).toMatchObject({ code: 2, stdout: '' })
  expect(wrong.stderr).toContain('vaino.yaml:2:1: intervall is no key; did you mean interval?')
  await writeFile(path.join(folder.path, 'vaino.yaml'), 'memory_optimization:\n  gc_percent: 50\n')
  await using up = startVaino(['up', '--listen', '127.0.0.1:0'], { cwd: folder.path })
  await up.until(listening)
  expect(up.output).toContain('memory_optimization.gc_percent has no effect')
})

test('up without a source serves what is sent, collects nothing fictional, and says how to begin', async () => {
  await using folder = await temporaryFolder()
  await using up = startVaino(['up', '--listen', '127.0.0.1:0'], { cwd: folder.path })
  const [, url = ''] = await up.until(listening)
  await up.until(/nothing is collected, because no source is named[\s\S]*vaino init/)
  expect(JSON.parse((await vaino(['list', '-o', 'json', '--server', url])).stdout)).toEqual([])
})

test('outside a terminal stderr is JSON lines and the line that says where it listens; log_format: text has no JSON', async () => {
  await using folder = await temporaryFolder()
  const lines = async (args: readonly string[], format?: string) => {
    const env: Record<string, string> = format === undefined ? {} : { VAINO_LOG_FORMAT: format }
    await using up = startVaino(['up', '--listen', '127.0.0.1:0', ...args], { cwd: folder.path, env })
    await up.until(listening)
    await up.until(/nothing is collected/)
    up.kill('SIGTERM')
    await up.ended
    return up.output.trimEnd().split('\n')
  }
  const json = await lines([])
  const plain = json.filter((line) => !line.startsWith('{'))
  expect(plain).toEqual([expect.stringMatching(listening)])
  expect(json.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line).level)).not.toContain('debug')
  const text = await lines([], 'text')
  expect(text.filter((line) => line.startsWith('{'))).toEqual([])
  expect(text.join('\n')).toMatch(/^\d\d:\d\d:\d\d info {2}vaino \S+ on \.vaino/m)
  const verbose = await lines(['-v'])
  expect(verbose.some((line) => line.includes('"level":"debug"'))).toBe(true)
})

test('up outlives the reader of its log', async () => {
  await using scene = await watched()
  const args = ['up', '--source', 'terraform:infra', '--listen', '127.0.0.1:0']
  const child = spawn(process.execPath, [...runtimeFlags, ...args], { cwd: scene.folder.path, env: environment() })
  const ended = once(child, 'exit')
  let log = ''
  for await (const text of child.stderr.setEncoding('utf8')) {
    log += text
    if (listening.test(log)) break
  }
  // Leaving the loop has closed the reading end of the pipe; every line logged from here on fails with EPIPE.
  const [, url = ''] = listening.exec(log) ?? []
  await vaino(['watch', '--offset', '-1', '--limit', '2', '--server', url])
  await scene.put({ jobs: 7, mails: 1 }, 2)
  await vaino(['watch', '--offset', '-1', '--op', 'u', '--limit', '1', '--server', url])
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

test('rules.yaml holds at once, and again when it changes, without a restart; a bad one changes nothing', async () => {
  await using folder = await temporaryFolder()
  const config = (compare: string) =>
    writeFile(path.join(folder.path, 'vaino.yaml'), `listen: 127.0.0.1:0\nworkers: 2\n${compare}`)
  const rules = (text: string) => writeFile(path.join(folder.path, 'rules.yaml'), text)
  await config('compare: {acme_queue: {volatile: [etag]}}\n')
  await using up = startVaino(['up'], { cwd: folder.path })
  const [, url = ''] = await up.until(listening)
  await up.until(/vaino.yaml:3:1: compare has moved. .*rules.yaml/)
  const push = async (etag: number, size: number): Promise<number> => {
    const resource = { id: 'q', type: 'acme_queue', provider: 'acme', configuration: { etag, size } }
    const body = JSON.stringify({ kind: 'observed', scope: 'acme/-/-/queues', resource })
    const answer = await fetch(`${url}/v1/ingest`, { method: 'POST', body })
    return ((await answer.json()) as { changes: number }).changes
  }
  expect(await push(1, 1)).toBe(1)
  expect(await push(2, 1)).toBe(0)
  await config('compare: {acme_queue: {volatile: [size]}}\n')
  await up.until(/"event":"rules_changed"/)
  expect(await push(2, 2)).toBe(0)
  expect(await push(3, 2)).toBe(1)
  // A file that was not there at the start.
  await rules('volatile: {acme_queue: [etag]}\n')
  await up.until(/"event":"rules_changed","file":"rules.yaml"/)
  expect(await push(4, 3)).toBe(0)
  await rules('volatle: {acme_queue: [etag]}\n')
  await up.until(/"level":"error".*"event":"rules_refused".*rules.yaml:1:1: volatle is no key; did you mean volatile/)
  expect(await push(5, 4)).toBe(0)
  await config('compare: {acme_queue: {volatle: [size]}}\n')
  await up.until(/"event":"rules_refused".*compare.acme_queue.volatle/)
  expect(await push(6, 5)).toBe(0)
})
