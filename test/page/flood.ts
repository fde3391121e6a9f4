import type { CDPSession, Page } from 'playwright-core'
import { resourceOf, type TestServer } from '../../api/test-server.ts'

export interface FloodOptions {
  /** Changes a second. */
  readonly rate: number
  readonly seconds: number
  /** How many times slower the page's processor is; 1: as it is. */
  readonly slowdown: number
  /** How often the page is looked at, seconds. */
  readonly everySeconds: number
  /** @param seconds since the begin */
  onSample?(sample: FloodSample, seconds: number): void
}

/** The page at one moment, after a garbage collection. */
export interface FloodSample {
  readonly heapBytes: number
  readonly elements: number
  /** How old the newest row is that the page shows, milliseconds. */
  readonly newestMs: number
}

export interface FloodReport {
  /** Changes that were committed a second. */
  readonly rate: number
  /** Of those, changes that the page has counted. */
  readonly seen: number
  readonly sent: number
  readonly samples: readonly FloodSample[]
  /** The longest task of the page's main thread by the clock, which a busy machine makes longer, milliseconds. */
  readonly longestMs: number
  /** The longest by the processor's time that it took, milliseconds. */
  readonly longestCpuMs: number
  /** Share of the time in which the main thread computed. */
  readonly busy: number
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))

const scopes = 40
const idsOfScope = 250

/** Updates of 10,000 resources, each differing from the one before of the same resource. */
function batchOf(first: number, count: number): Uint8Array {
  const lines = Array.from({ length: count }, (_, index) => {
    const n = first + index
    const resource = resourceOf(`i-${n % idsOfScope}`, { revision: n, size: n % 7, zone: `zone-${n % 3}` })
    return JSON.stringify({
      kind: 'observed',
      scope: `aws/1/eu-west-1/flood_${Math.floor(n / idsOfScope) % scopes}`,
      resource,
    })
  })
  return Buffer.from(`${lines.join('\n')}\n`)
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

const beatMs = 50

/** Sends at a rate until it is stopped. What a busy machine was too slow for is not made up for: that would make it slower still. */
async function send({ engine }: TestServer, rate: number, signal: AbortSignal): Promise<number> {
  const count = Math.round((rate * beatMs) / 1000)
  let sent = 0
  for (let dueMs = performance.now(); !signal.aborted; dueMs = Math.max(dueMs + beatMs, performance.now())) {
    await sleep(dueMs - performance.now())
    const body = batchOf(sent, count)
    await engine.ingest(oneChunk(body), 'flood', undefined, body.byteLength)
    sent += count
  }
  return sent
}

interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly dur?: number
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/** Tasks of the main thread of pages, by the processor's time, milliseconds. */
function tasksOf(trace: Buffer): number[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] }
  const mains = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}-${tid}`),
  )
  return traceEvents
    .filter(({ ph, name, pid, tid }) => ph === 'X' && name === 'RunTask' && mains.has(`${pid}-${tid}`))
    .map(({ tdur = 0 }) => tdur / 1000)
}

const traced = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline']
/** A trace is kept in memory, so only a part of the time is traced. */
const tracedMs = 3_000

async function sample(page: Page, cdp: CDPSession): Promise<FloodSample> {
  await cdp.send('HeapProfiler.collectGarbage')
  const { metrics } = await cdp.send('Performance.getMetrics')
  const [elements = 0, newest = ''] = await page.evaluate<[number, string]>(
    `[document.querySelectorAll('*').length, document.querySelector('.change time')?.dateTime ?? '']`,
  )
  return {
    heapBytes: metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0,
    elements,
    newestMs: Date.now() - Date.parse(newest),
  }
}

const seenBy = async (page: Page): Promise<number> =>
  Number(await page.evaluate<string>(`document.querySelector('#seen').textContent.replaceAll(/\\D/g, '')`))

/** Follows `page`, which shows the latest changes and counts them, while changes come at a rate. */
export async function flood(
  page: Page,
  server: TestServer,
  { rate, seconds, slowdown, everySeconds, onSample = () => {} }: FloodOptions,
): Promise<FloodReport> {
  const browser = page.context().browser()
  if (browser === null) throw new Error('the page has no browser')
  const cdp = await page.context().newCDPSession(page)
  const seenBefore = await seenBy(page)
  await cdp.send('HeapProfiler.enable')
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
  await page.evaluate(`globalThis.longest = 0;
    new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) longest = Math.max(longest, duration) })
      .observe({ type: 'longtask' })`)
  const stop = new AbortController()
  const sending = send(server, rate, stop.signal)
  const samples: FloodSample[] = []
  let longestCpuMs = 0
  let [cpuMs, wallMs] = [0, 0]
  const startedMs = performance.now()
  while (performance.now() - startedMs < seconds * 1000) {
    await sleep(everySeconds * 1000 - tracedMs)
    await browser.startTracing(page, { categories: traced })
    const tracedAtMs = performance.now()
    await sleep(tracedMs)
    wallMs += performance.now() - tracedAtMs
    const tasks = tasksOf(await browser.stopTracing())
    longestCpuMs = Math.max(longestCpuMs, ...tasks)
    cpuMs += tasks.reduce((sum, ms) => sum + ms, 0)
    const taken = await sample(page, cdp)
    onSample(taken, (performance.now() - startedMs) / 1000)
    samples.push(taken)
  }
  stop.abort()
  const sent = await sending
  const sentMs = performance.now() - startedMs
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  const untilMs = performance.now() + 30_000
  let seen = 0
  while (seen < sent && performance.now() < untilMs) {
    seen = (await seenBy(page)) - seenBefore
    await sleep(100)
  }
  const longestMs = await page.evaluate<number>('longest')
  return { rate: sent / (sentMs / 1000), seen, sent, samples, longestMs, longestCpuMs, busy: cpuMs / wallMs }
}
