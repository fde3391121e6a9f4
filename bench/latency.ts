/**
 * From a change being sent to a subscriber having it: a producer posts to `POST /v1/ingest`, a subscriber follows
 * `/v1/changes?live=sse`, against a `vaino up` in a process of its own, durable.
 *
 *   npm run bench -- latency [rate=5000] [seconds=20] [batch=50] [scan=100000]
 *
 * Three phases, each by itself: the first five seconds, in which the compilers still work; `seconds` of changes alone; and as many beside
 * scans of `scan` resources, of which none has changed, from another process with pauses: told are the changes that were sent while one was under
 * way. Every change carries the time at which its request was begun; what is printed is the time until the subscriber has parsed it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { usageOf } from '../test/process-usage.ts'
import { ServerProcess } from '../test/server-process.ts'
import { createEventParser } from '../web/event-stream.ts'
import { benchResource, postRecords, setting } from './estate/made-up.ts'
import { figure } from './report/figures.ts'

const rate = setting('rate', 5_000)
const seconds = setting('seconds', 20)
const batch = setting('batch', 50)
const scan = setting('scan', 100_000)
const scopes = 50
/** The scopes of the scans, after those of the changes. */
const scanScopes = 100

await using server = new ServerProcess({ log_level: 'error', partitions: undefined, workers: undefined })
await server.start()

interface Received {
  /** Of {@link performance}. */
  readonly sentAt: number
  readonly ms: number
}
/** What the present phase has seen. */
let received: Received[] = []
let onEnough: () => void = () => {}
let awaited = Number.POSITIVE_INFINITY
const stop = new AbortController()

const sentAtField = '"sent_at":'

async function follow(answer: Response): Promise<void> {
  const take = createEventParser(({ event, data }) => {
    // The last one is the document after the change; an update has the one before, too.
    const at = event === 'change' ? data.lastIndexOf(sentAtField) : -1
    if (at < 0) return
    const sentAt = Number.parseFloat(data.slice(at + sentAtField.length, at + sentAtField.length + 32))
    received.push({ sentAt, ms: performance.now() - sentAt })
    if (received.length === awaited) onEnough()
  })
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) take(chunk)
}

const lineOf = (n: number, sentAt: number): string => {
  const resource = benchResource(n % scopes, n % 20_000, n)
  const timed = resource.replace('"configuration":{', `"configuration":{"sent_at":${sentAt},"n":${n},`)
  return `{"kind":"observed","scope":"aws/1/eu-west-1/bench_${n % scopes}","resource":${timed}}\n`
}

const at = (times: readonly number[], share: number): number =>
  times[Math.floor((times.length - 1) * share)] ?? Number.NaN
const percentiles = (times: number[]): string => {
  times.sort((a, b) => a - b)
  return [0.5, 0.95, 0.99, 1]
    .map((share) => `${share === 1 ? 'max' : `p${share * 100}`} ${at(times, share).toFixed(1)} ms`)
    .join('   ')
}

let sent = 0
/**
 * Sends changes at the rate for so long and waits until the subscriber has them.
 * @param isTold which changes are told, by the time at which they were sent
 * @throws when they don't come
 */
async function phase(name: string, forSeconds: number, isTold = (_sentAt: number) => true): Promise<void> {
  const total = Math.round((rate * forSeconds) / batch) * batch
  received = []
  awaited = total
  const enough = new Promise<void>((resolve) => {
    onEnough = resolve
  })
  const acknowledged: Received[] = []
  const cpuBefore = usageOf(server.pid).cpuUs
  const startedAt = performance.now()
  const underWay = new Set<Promise<void>>()
  for (let done = 0; done < total; done += batch) {
    const wait = startedAt + (done / rate) * 1000 - performance.now()
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
    const sentAt = performance.now()
    const posted = postRecords(server.url, Array.from({ length: batch }, () => lineOf(sent++, sentAt)).join('')).then(
      () => {
        acknowledged.push({ sentAt, ms: performance.now() - sentAt })
      },
    )
    underWay.add(posted)
    void posted.finally(() => underWay.delete(posted))
  }
  const sentIn = (performance.now() - startedAt) / 1000
  await Promise.all(underWay)
  const late = new Promise<never>((_, reject) => {
    setTimeout(reject, 30_000, new Error(`${received.length} of ${total} changes were received`)).unref()
  })
  await Promise.race([enough, late])
  const cpuMicroseconds = (usageOf(server.pid).cpuUs - cpuBefore) / total
  const told = (of: readonly Received[]) => of.filter(({ sentAt }) => isTold(sentAt)).map(({ ms }) => ms)
  const latencies = told(received)
  console.log(`${name}: ${latencies.length} changes of ${total}, ${Math.round(total / sentIn)} a second`)
  console.log(`  acknowledged  ${percentiles(told(acknowledged))}`)
  console.log(`  received      ${percentiles(latencies)}`)
  console.log(`  processor time of vaino ${cpuMicroseconds.toFixed(0)} µs a change`)
  for (const share of [0.5, 0.99]) {
    const what = `a change at a subscriber, ${rate} a second, ${name}, p${share * 100}`
    figure({ what, value: at(latencies, share), unit: 'ms', better: 'lower' })
  }
  figure({ what: `processor time of vaino a change, ${name}`, value: cpuMicroseconds, unit: 'µs', better: 'lower' })
}

const answer = await fetch(`${server.url}/v1/changes?offset=now&live=sse`, { signal: stop.signal })
const following = follow(answer).catch((error: unknown) => {
  if (!stop.signal.aborted) throw error
})
await phase('the first five seconds', 5)
await phase('alone', seconds)

const sender = `${import.meta.dir}/estate/scan-sender.ts`
const scanner = spawn(process.execPath, [sender, server.url, `${scan}`, `${scopes}`, `${scanScopes}`], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
/** When each scan was under way; the first one, which is new to vaino, is none of them. */
const scans: (readonly [begin: number, end: number])[] = []
const lines = createInterface({ input: scanner.stdout })
await once(lines, 'line')
lines.on('line', (line: string) => {
  scans.push((JSON.parse(line) as number[]).map((at) => at - performance.timeOrigin) as [number, number])
})
const isBeside = (sentAt: number) => scans.some(([begin, end]) => begin <= sentAt && sentAt <= end)
await phase(`beside a scan of ${scan.toLocaleString('en')} unchanged`, seconds, isBeside)
const took = scans.map(([begin, end]) => Math.round(end - begin)).sort((a, b) => a - b)
console.log(`  ${scans.length} scans, of ${took[0]} to ${took.at(-1)} ms`)
scanner.kill('SIGTERM')
await once(scanner, 'exit')
stop.abort()
await following
