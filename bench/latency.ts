/**
 * From a change being sent to a subscriber having it: a producer posts to `POST /v1/ingest`, a subscriber follows
 * `/v1/changes?live=sse`, against a `vaino up` in a process of its own, durable.
 *
 *   npm run bench -- latency [rate=5000] [seconds=20] [batch=50]
 *
 * Every change carries the time at which its request was begun; what is printed is the time until the subscriber has parsed it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createEventParser } from '../web/event-stream.ts'
import { benchResource, setting } from './estate/made-up.ts'
import { figure } from './report/figures.ts'

const rate = setting('rate', 5_000)
const seconds = setting('seconds', 20)
const batch = setting('batch', 50)
const scopes = 50

const folder = mkdtempSync(join(tmpdir(), 'vaino-bench-'))
const args = [
  'cli/main.ts',
  'up',
  '--data-dir',
  join(folder, 'data'),
  '--listen',
  '127.0.0.1:0',
  '--config',
  join(folder, 'vaino.yaml'),
]
await Bun.write(join(folder, 'vaino.yaml'), 'sources: []\nlog_level: error\n')
const server = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
const url = await new Promise<string>((resolve, reject) => {
  createInterface({ input: server.stderr }).on('line', (line) => {
    const found = /^vaino: listening on (\S+)/.exec(line)?.[1]
    if (found) resolve(found)
    else console.error(line)
  })
  server.on('exit', (code) => reject(new Error(`vaino ended with code ${code}`)))
})

/** Processor time that the server has used so far, milliseconds, as the kernel counts it (clock ticks of 10 ms); 0 outside Linux. */
const serverCpuMs = (): number => {
  if (process.platform !== 'linux') return 0
  const fields = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

const latencies: number[] = []
/** From the request to its answer, which says that everything is on the disk. */
const acknowledged: number[] = []
const total = rate * seconds
const stop = new AbortController()
const received = (async () => {
  const answer = await fetch(`${url}/v1/changes?offset=now&live=sse`, { signal: stop.signal })
  const take = createEventParser(({ event, data }) => {
    // The last one is the document after the change; an update has the one before, too.
    const sent = event === 'change' ? /.*"sent_at":([\d.]+)/s.exec(data)?.[1] : undefined
    if (sent !== undefined) latencies.push(performance.now() - Number(sent))
  })
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    take(chunk)
    if (latencies.length >= total) return
  }
})()

const lineOf = (n: number, sentAt: number): string => {
  const resource = benchResource(n % scopes, n % 20_000, n)
  const timed = resource.replace('"configuration":{', `"configuration":{"sent_at":${sentAt},"n":${n},`)
  return `{"kind":"observed","scope":"aws/1/eu-west-1/bench_${n % scopes}","resource":${timed}}\n`
}

const cpuBeforeMs = serverCpuMs()
const startedAt = performance.now()
const underWay = new Set<Promise<unknown>>()
for (let n = 0; n < total; n += batch) {
  const due = startedAt + (n / rate) * 1000
  const wait = due - performance.now()
  if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
  const sentAt = performance.now()
  const body = Array.from({ length: batch }, (_, i) => lineOf(n + i, sentAt)).join('')
  const posted = fetch(`${url}/v1/ingest`, { method: 'POST', body }).then((answer) => answer.text())
  void posted.then(() => acknowledged.push(performance.now() - sentAt))
  underWay.add(posted)
  void posted.finally(() => underWay.delete(posted))
}
const sentIn = (performance.now() - startedAt) / 1000
await Promise.race([received, new Promise((resolve) => setTimeout(resolve, 10_000))])
const cpuMs = serverCpuMs() - cpuBeforeMs
stop.abort()

const at = (times: readonly number[], share: number): string =>
  `${(times[Math.floor((times.length - 1) * share)] ?? Number.NaN).toFixed(1)} ms`
const percentiles = (times: number[]): string => {
  times.sort((a, b) => a - b)
  return `p50 ${at(times, 0.5)}   p95 ${at(times, 0.95)}   p99 ${at(times, 0.99)}   max ${at(times, 1)}`
}
console.log(
  `${total} changes sent in ${sentIn.toFixed(1)} s (${Math.round(total / sentIn)} a second), ${latencies.length} received`,
)
console.log(`acknowledged  ${percentiles(acknowledged)}`)
console.log(`received      ${percentiles(latencies)}`)
for (const share of [0.5, 0.99]) {
  const value = latencies[Math.floor((latencies.length - 1) * share)] ?? Number.NaN
  figure({ what: `a change at a subscriber, ${rate} a second, p${share * 100}`, value, unit: 'ms', better: 'lower' })
}
if (cpuMs > 0) {
  const value = (cpuMs / total) * 1000
  console.log(`processor time of vaino ${value.toFixed(0)} µs a change`)
  figure({ what: 'processor time of vaino a change', value, unit: 'µs', better: 'lower' })
}
server.kill('SIGTERM')
await once(server, 'exit')
rmSync(folder, { recursive: true, force: true })
process.exit(latencies.length === total ? 0 : 1)
