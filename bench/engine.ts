/**
 * Observations a second through the whole embedded pipeline, durable: records in, effects committed and fsynced.
 *
 *   npm run bench -- engine [keys=200000] [scopes=1000] [rounds=5]
 *
 * The input is what collectors and `POST /v1/ingest` send: a complete scan of every scope, resources of about 1 KiB. It is
 * written before the clock starts, so what is measured is vaino and not the generator. The ratio is against `JSON.parse` of
 * the same bytes in one thread, measured in the same run, because this machine's speed wanders.
 */
import { availableParallelism } from 'node:os'
import { benchEngine, scansOf, sendScans } from './estate/bench-engine.ts'
import { setting } from './estate/made-up.ts'
import { figure, median, ofRounds } from './report/figures.ts'

const keys = setting('keys', 200_000)
const scopes = setting('scopes', 1_000)
const rounds = setting('rounds', 5)
const perScope = Math.ceil(keys / scopes)
/** Scans under way at once, as a scheduler with many sources has them. */
const atOnce = 64

/** Records parsed a second, of a tenth of the input. */
function parseRate(bodies: readonly Uint8Array[]): number {
  const lines = bodies
    .slice(0, Math.ceil(bodies.length / 10))
    .flatMap((body) => Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8').trim().split('\n'))
  const startedAt = performance.now()
  for (const line of lines) JSON.parse(line)
  return lines.length / ((performance.now() - startedAt) / 1000)
}

const opened = await benchEngine()
const { engine } = opened
console.log(`${perScope * scopes} keys in ${scopes} scopes, ${engine.workers} workers, ${availableParallelism()} cores`)

/** @returns the rate beside the parser's */
async function measure(
  name: string,
  round: number,
  revisionOf: (n: number) => number,
): Promise<readonly [number, number]> {
  const bodies = scansOf(scopes, perScope, round, revisionOf)
  const bytes = bodies.reduce((sum, body) => sum + body.byteLength, 0)
  const parsed = parseRate(bodies)
  const cpuBefore = process.cpuUsage()
  const { seconds, changes } = await sendScans(engine, bodies, atOnce)
  const { user, system } = process.cpuUsage(cpuBefore)
  const rate = (perScope * scopes) / seconds
  const figures = [
    `${Math.round(rate).toLocaleString('en')} obs/s`,
    `${(rate / parsed).toFixed(2)} x JSON.parse`,
    `${(bytes / seconds / 1e6).toFixed(0)} MB/s`,
    `${((user + system) / (perScope * scopes)).toFixed(2)} CPU µs an observation`,
    `${changes} changes`,
  ]
  console.log(name.padEnd(16), figures.join('   '))
  return [rate, parsed]
}

const loads: readonly (readonly [name: string, times: number, revisionOf: (round: number) => (n: number) => number])[] =
  [
    ['first load', 1, () => () => 0],
    ['nothing changed', rounds, () => () => 0],
    ['2 % changed', rounds, (round) => (n) => (n % 50 === 0 ? round : 0)],
  ]
let round = 0
for (const [name, times, revisionOf] of loads) {
  const rates: (readonly [number, number])[] = []
  for (let r = 0; r < times; r++) rates.push(await measure(name, ++round, revisionOf(round)))
  figure({
    what: `${name}, ${(perScope * scopes).toLocaleString('en')} resources`,
    ...ofRounds(rates.map(([rate]) => rate)),
    unit: 'obs/s',
    better: 'higher',
    peer: { name: 'JSON.parse in one thread', value: median(rates.map(([, parsed]) => parsed)) },
  })
}

await opened[Symbol.asyncDispose]()
process.exit(0)
