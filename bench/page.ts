/**
 * What a page asks of the API, in one process with a real server: the median, the 99th percentile and the bytes of each call.
 *
 *   npm run bench -- page [resources=100000] [scopes=1200] [rounds=20] [data=FOLDER]
 *
 * A million takes minutes to load; `data=FOLDER` keeps it there and asks it again next time. Each call is asked in turn, `rounds` times, uncompressed and alone; the worst of them is what
 * a reader waits for, and the CPU time is what a busy machine leaves comparable. The estate is that of the benchmark of the engine, with a hundred types, and 2 % of it changed once.
 * Then the pages are opened in Chromium, where there is one: until their data is in sight, beside an empty page.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../api/app.ts'
import { openEngine } from '../pipeline/embedded/open-embedded-engine.ts'
import { defaultEngineOptions } from '../pipeline/engine-options.ts'
import { createTelemetry } from '../pipeline/telemetry/telemetry.ts'
import { shownOnPages } from '../test/page/paint.ts'
import { benchResource, eachOf, oneChunk, setting, textSetting } from './estate/made-up.ts'
import { type Call, measureCalls } from './estate/measure-calls.ts'
import { printPaint } from './estate/print-paint.ts'

const resources = setting('resources', 100_000)
const scopes = setting('scopes', 1_200)
const rounds = setting('rounds', 20)
const perScope = Math.ceil(resources / scopes)
const types = 100
const scopeOf = (scope: number) => `${scope % 3 === 0 ? 'gcp' : 'aws'}/${scope % 7}/-/t${scope % types}_${scope}`

/** A scan of a scope: a type a scope, ten locations in each. */
function scanOf(scope: number, round: number, revisionOf: (n: number) => number): Uint8Array {
  const named = { scope: scopeOf(scope), scan: `${round}-${scope}` }
  const lines = [JSON.stringify({ kind: 'scan.begin', ...named })]
  for (let n = 0; n < perScope; n++) {
    const parsed = JSON.parse(benchResource(scope, n, revisionOf(n)))
    const own = { provider: scope % 3 === 0 ? 'gcp' : 'aws', account: `${scope % 7}`, region: `region-${n % 10}` }
    const resource = { ...parsed, ...own, type: `t${scope % types}` }
    lines.push(JSON.stringify({ kind: 'observed', ...named, resource }))
  }
  lines.push(JSON.stringify({ kind: 'scan.end', ...named, complete: true, count: perScope }))
  return Buffer.from(`${lines.join('\n')}\n`)
}

const megabytes = (bytes: number): number => Math.round(bytes / 1024 ** 2)

const host = '127.0.0.1:8420'
const kept = textSetting('data')
const folder = kept ?? mkdtempSync(join(tmpdir(), 'vaino-bench-'))
const telemetry = createTelemetry({ version: 'bench', level: 'error', redact: (text) => text })
const engine = await openEngine({ ...defaultEngineOptions, dataDir: folder }, telemetry)
const app = createApp({ engine, metrics: telemetry.metrics, emit: () => {}, version: 'bench' })

async function load(round: number, revisionOf: (n: number) => number): Promise<void> {
  await eachOf(scopes, 8, async (scope) => {
    const body = scanOf(scope, round, revisionOf)
    await engine.ingest(oneChunk(body), 'bench', undefined, body.byteLength)
  })
}

/** Loads the estate and changes 2 % of it. @returns the cursor between the two */
async function loadAll(): Promise<string> {
  const startedAt = performance.now()
  await load(0, () => 0)
  const loaded = engine.reader.encode(engine.reader.head())
  await load(1, (n) => (n % 50 === 0 ? 1 : 0))
  console.log(`loaded in ${Math.round((performance.now() - startedAt) / 1000)} s`)
  return loaded
}

const mark = join(folder, 'bench-cursor')
const loaded = existsSync(mark) ? readFileSync(mark, 'utf8') : await loadAll()
if (kept !== null) writeFileSync(mark, loaded)
console.log(`${perScope * scopes} resources in ${scopes} scopes, ${megabytes(process.memoryUsage.rss())} MB resident`)

/** Near the log's begin: almost all that happened lies after it. */
const begin = engine.reader.encode(engine.reader.head().map((offset) => Math.ceil(offset / 100)))

const asked: readonly Call[] = [
  ['summary', '/v1/summary'],
  ['activity of a day', '/v1/activity?from=24h&step=5m&by=op,provider'],
  ['facets', '/v1/facets'],
  ['facets by scope', '/v1/facets?by=scope'],
  ['facets of a type', '/v1/facets?type=t7'],
  ['facets before 2 % changed', `/v1/facets?at=${loaded}`],
  ['tree: systems', '/v1/facets?by=provider,scope&limit=1000'],
  ['tree: a system', '/v1/facets?by=provider&key_prefix=aws%2F'],
  ['tree: its accounts', '/v1/facets?by=account&limit=100&key_prefix=aws%2F'],
  ['tree: locations', '/v1/facets?by=location&limit=100&key_prefix=aws%2F&account=3'],
  ['tree: types', '/v1/facets?by=type&limit=100&key_prefix=aws%2F&account=3&location=region-3'],
  ['tree: states', '/v1/facets?by=scope&limit=500&key_prefix=terraform%2F'],
  ['tree: addresses of a scope', `/v1/resources?scope=${encodeURIComponent(scopeOf(1))}&fields=header&limit=1000`],
  ['list by the tree', '/v1/resources?key_prefix=aws%2F&account=3&location=region-3&type=t7&fields=header'],
  ['counts beside the list', '/v1/facets?by=provider,account,location,type&limit=12'],
  ['counts beside a search', '/v1/facets?by=provider,account,location,type&limit=12&q=web'],
  ['counts beside a rare search', '/v1/facets?by=provider,account,location,type&limit=12&q=i-00070000000'],
  ['scopes', '/v1/scopes?limit=100'],
  ['failing scopes', '/v1/scopes?status=failing'],
  ['first page', '/v1/resources?fields=header'],
  ['of a provider', '/v1/resources?provider=gcp&fields=header'],
  ['of a type', '/v1/resources?type=t7&fields=header'],
  ['of a location', '/v1/resources?location=region-3&fields=header'],
  ['of no type', '/v1/resources?type=nothing'],
  ['of a type, then', `/v1/resources?type=t7&at=${loaded}&fields=header`],
  ['by name', '/v1/resources?name=web-7&fields=header'],
  ['by tag, none', '/v1/resources?tag.team=nothing'],
  ['search, few', '/v1/resources?q=i-00070000000&fields=header'],
  ['search, none', '/v1/resources?q=nothing-at-all'],
  ['search, many', '/v1/resources?q=web&fields=header'],
  ['changed last', '/v1/resources?sort=-changed_at&fields=header'],
  ['changed last of a type', '/v1/resources?sort=-changed_at&type=t7&fields=header'],
  ['newest changes', '/v1/changes?order=desc&documents=false'],
  ['deletes', '/v1/changes?order=desc&op=d&documents=false'],
  ['changes of a type', '/v1/changes?order=desc&type=t7&documents=false'],
  ['changes of none', '/v1/changes?order=desc&type=nothing'],
  ['forward, of none', '/v1/changes?offset=-1&type=nothing'],
  ['forward, deletes', '/v1/changes?offset=-1&op=d'],
  ['forward, of a type', '/v1/changes?offset=-1&type=t7&documents=false'],
  ['forward, of a field', `/v1/changes?offset=${loaded}&field=configuration.nothing`],
  ['facets at the begin', `/v1/facets?at=${begin}`],
  ['of a type, at the begin', `/v1/resources?type=t7&at=${begin}&fields=header`],
  ['search, few, at the begin', `/v1/resources?q=i-00070000000&at=${begin}&fields=header`],

  ['suppressed', '/v1/suppressed?limit=100'],
  ['dead letters', '/v1/deadletters'],
  ['changes by nobody', '/v1/changes?order=desc&actor=nobody'],
]

await measureCalls((path) => app.fetch(new Request(`http://${host}${path}`, { headers: { host } })), asked, rounds)
await printPaint(app, shownOnPages, rounds)

app[Symbol.dispose]()
await engine[Symbol.asyncDispose]()
if (kept === null) rmSync(folder, { recursive: true, force: true })
process.exit(0)
