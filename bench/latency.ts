/**
 * From a change being sent to a subscriber having it: a producer posts to `POST /v1/ingest`, a subscriber follows
 * `/v1/changes?live=sse`, against a `vaino up` in a process of its own, durable.
 *
 *   npm run bench -- latency [rate=5000] [seconds=20] [batch=50] [scan=100000]
 *
 * Three phases, each by itself: the first five seconds, in which the compilers still work; `seconds` of changes alone; and as many changes while
 * scans of `scan` resources, of which none has changed, come one after the other. Every change carries the time at which its request was
 * begun; what is printed is the time until the subscriber has parsed it.
 */
import { createEventParser } from '../web/event-stream.ts'
import { benchResource, benchScan, eachOf, setting } from './estate/made-up.ts'
import { startUp } from './estate/up.ts'
import { figure } from './report/figures.ts'

const rate = setting('rate', 5_000)
const seconds = setting('seconds', 20)
const batch = setting('batch', 50)
const scan = setting('scan', 100_000)
const scopes = 50
/** The scopes of the scans, after those of the changes. */
const scanScopes = 100

await using up = await startUp()
const post = async (body: string | Uint8Array): Promise<void> => {
  const answer = await fetch(`${up.url}/v1/ingest`, { method: 'POST', body })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`HTTP ${answer.status}: ${text}`)
}

/** What the present phase has seen. */
let received: number[] = []
let onEnough: () => void = () => {}
let awaited = Number.POSITIVE_INFINITY
const stop = new AbortController()

async function follow(answer: Response): Promise<void> {
  const take = createEventParser(({ event, data }) => {
    // The last one is the document after the change; an update has the one before, too.
    const sent = event === 'change' ? /.*"sent_at":([\d.]+)/s.exec(data)?.[1] : undefined
    if (sent === undefined) return
    received.push(performance.now() - Number(sent))
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
/** Sends changes at the rate for so long and waits until the subscriber has them. @throws when they don't come */
async function phase(name: string, forSeconds: number): Promise<void> {
  const total = Math.round((rate * forSeconds) / batch) * batch
  received = []
  awaited = total
  const enough = new Promise<void>((resolve) => {
    onEnough = resolve
  })
  const acknowledged: number[] = []
  const cpuBefore = up.cpuMs()
  const startedAt = performance.now()
  const underWay = new Set<Promise<void>>()
  for (let done = 0; done < total; done += batch) {
    const wait = startedAt + (done / rate) * 1000 - performance.now()
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
    const sentAt = performance.now()
    const posted = post(Array.from({ length: batch }, () => lineOf(sent++, sentAt)).join('')).then(() => {
      acknowledged.push(performance.now() - sentAt)
    })
    underWay.add(posted)
    void posted.finally(() => underWay.delete(posted))
  }
  const sentIn = (performance.now() - startedAt) / 1000
  await Promise.all(underWay)
  const late = new Promise<never>((_, reject) => {
    setTimeout(reject, 30_000, new Error(`${received.length} of ${total} changes were received`)).unref()
  })
  await Promise.race([enough, late])
  const cpuMicroseconds = ((up.cpuMs() - cpuBefore) * 1000) / total
  console.log(`${name}: ${total} changes, ${Math.round(total / sentIn)} a second`)
  console.log(`  acknowledged  ${percentiles(acknowledged)}`)
  console.log(`  received      ${percentiles(received)}`)
  console.log(`  processor time of vaino ${cpuMicroseconds.toFixed(0)} µs a change`)
  for (const share of [0.5, 0.99]) {
    const what = `a change at a subscriber, ${rate} a second, ${name}, p${share * 100}`
    figure({ what, value: at(received, share), unit: 'ms', better: 'lower' })
  }
  figure({ what: `processor time of vaino a change, ${name}`, value: cpuMicroseconds, unit: 'µs', better: 'lower' })
}

let round = 0
const sendScan = async (): Promise<void> => {
  round++
  await eachOf(scanScopes, 4, (n) => post(benchScan(scopes + n, scan / scanScopes, round, () => 0)))
}

await sendScan()
const answer = await fetch(`${up.url}/v1/changes?offset=now&live=sse`, { signal: stop.signal })
const following = follow(answer).catch((error: unknown) => {
  if (!stop.signal.aborted) throw error
})
await phase('the first five seconds', 5)
await phase('alone', seconds)
let isScanning = true
let scans = 0
const scanning = (async () => {
  for (; isScanning; scans++) await sendScan()
})()
await phase(`beside scans of ${scan.toLocaleString('en')} unchanged`, seconds)
isScanning = false
await scanning
console.log(`  scans meanwhile: ${scans}`)
stop.abort()
await following
