/**
 * What the pages ask of the view of drift, in one process with a real server: the median, the 99th percentile, the CPU time and the bytes of each call.
 *
 *   npm run bench -- page-drift [resources=100000] [states=500] [drifts=10000] [rounds=20] [data=FOLDER]
 *
 * Half of the resources are instances of Terraform states, the others what was read live of each; `drifts` of them differ, by a hundred fields in ten types.
 * `data=FOLDER` keeps the estate there and asks it again next time.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp } from '../api/app.ts'
import { driftSource } from '../api/drift-log.ts'
import { desiredDigest } from '../model/drift.ts'
import type { Resource } from '../model/resource.ts'
import { DriftView } from '../pipeline/drift/drift-view.ts'
import { openEngine } from '../pipeline/embedded/open-embedded-engine.ts'
import { defaultEngineOptions } from '../pipeline/engine-options.ts'
import { CurrentRules } from '../pipeline/rules/current-rules.ts'
import { createTelemetry } from '../pipeline/telemetry/telemetry.ts'
import { shownOnDrift } from '../test/page/paint.ts'
import { eachOf, oneChunk, setting, textSetting } from './estate/made-up.ts'
import { type Call, measureCalls } from './estate/measure-calls.ts'
import { printPaint } from './estate/print-paint.ts'

const states = setting('states', 500)
const perState = Math.ceil(setting('resources', 100_000) / 2 / states)
const drifts = setting('drifts', 10_000)
const rounds = setting('rounds', 20)
const every = Math.max(1, Math.floor((states * perState) / drifts))

const scopeOf = (state: number, which: 'state' | 'live') => `terraform/infra%2Fs${state}%2Fterraform.tfstate/-/${which}`

function instance(state: number, n: number): Resource {
  const type = `aws_t${n % 10}`
  return {
    id: `module.m${n % 20}.${type}.web[${n}]`,
    type,
    name: `web-${n}`,
    ...{ provider: 'aws', account: `${state % 7}`, region: `region-${n % 5}`, namespace: null },
    configuration: {
      id: `i-${state}-${n}`,
      arn: `arn:aws:x:::i-${state}-${n}`,
      size: 1,
      image: `ami-${n % 97}`,
      monitoring: true,
    },
    metadata: { mode: 'managed' },
    tags: { team: `team-${n % 40}` },
  }
}

function reading(of: Resource, isDrifted: boolean, n: number): Resource {
  const changed = isDrifted ? { [`field_${n % 100}`]: 'other', size: 2 } : {}
  const state = { lineage: 'l', serial: 1, digest: desiredDigest(of) }
  const schema = { sets: [], optional_computed: [], computed: ['arn'] }
  return { ...of, configuration: { ...of.configuration, ...changed }, metadata: { mode: 'managed', schema, state } }
}

/** A complete scan of a state, or of what was read live of it. */
function scanOf(state: number, which: 'state' | 'live', round: number): Uint8Array {
  const named = { scope: scopeOf(state, which), scan: `${which}-${round}-${state}` }
  const lines = [JSON.stringify({ kind: 'scan.begin', ...named })]
  for (let n = 0; n < perState; n++) {
    const wanted = instance(state, n)
    const isDrifted = round > 0 && (state * perState + n) % every === 0
    const resource = which === 'state' ? wanted : reading(wanted, isDrifted, n)
    const actor = isDrifted ? { type: 'AssumedRole', arn: `arn:aws:iam::1:role/r${n % 9}` } : null
    lines.push(JSON.stringify({ kind: 'observed', ...named, resource, actor }))
  }
  const attributes = { every_ms: 86_400_000 }
  lines.push(JSON.stringify({ kind: 'scan.end', ...named, complete: true, count: perState, attributes }))
  return Buffer.from(`${lines.join('\n')}\n`)
}

const kept = textSetting('data')
const folder = kept ?? mkdtempSync(join(tmpdir(), 'vaino-bench-'))
const telemetry = createTelemetry({ version: 'bench', level: 'error', redact: (text) => text })
const engine = await openEngine({ ...defaultEngineOptions, dataDir: folder }, telemetry)
const rules = new CurrentRules()
const { reader, onCommit } = engine
const dayMs = 86_400_000
const view = new DriftView({
  ...{ dataDir: folder, reader, onCommit, staleAfterMs: 30 * dayMs, retention: { ageMs: 30 * dayMs } },
  failed: (error) => console.error(error),
})

const drift = driftSource(view, () => rules.rules)

async function load(): Promise<void> {
  const startedAt = performance.now()
  for (const [which, round] of [
    ['state', 0],
    ['live', 0],
    ['live', 1],
  ] as const)
    await eachOf(states, 4, async (state) => {
      const body = scanOf(state, which, round)
      await engine.ingest(oneChunk(body), 'bench', undefined, body.byteLength)
    })
  console.log(`loaded in ${Math.round((performance.now() - startedAt) / 1000)} s`)
}

const mark = join(folder, 'bench-loaded')
if (!existsSync(mark)) await load()
if (kept !== null) writeFileSync(mark, '')
const startedAt = performance.now()
await view.start()
await view.whenCaughtUp()
console.log(`view caught up in ${Math.round((performance.now() - startedAt) / 1000)} s`)
while ((await drift.judged.upToDate()) === null);
console.log(`and judged by the rules in ${Math.round(performance.now() - startedAt)} ms`)
const app = createApp({ engine, metrics: telemetry.metrics, emit: () => {}, version: 'bench', rules, drift })

const state = encodeURIComponent(scopeOf(7, 'state'))
const asked: readonly Call[] = [
  ['summary', '/v1/summary'],
  ['coverage', '/v1/coverage'],
  ['first page', '/v1/drift?limit=100'],
  ['page of the page', '/v1/drift?sort=severity&limit=500'],
  ['the worst, with in sync', '/v1/drift?sort=severity&status=changed,in_sync&limit=100'],
  ['of a severity, none', '/v1/drift?severity=critical'],
  ['of a type', '/v1/drift?type=aws_t7'],
  ['of no type', '/v1/drift?type=nothing'],
  ['of an account', '/v1/drift?account=3'],
  ['of a state', `/v1/drift?state=${state}`],
  ['unmanaged', '/v1/drift?status=unmanaged'],
  ['missing', '/v1/drift?status=missing'],
  ['in sync, of a type', '/v1/drift?status=in_sync&type=aws_t7&limit=100'],
  ['since an hour', '/v1/drift?since=1h'],
  ['suppressed too', '/v1/drift?include_suppressed=true'],
  [
    'of a resource',
    `/v1/drift?limit=5&status=in_sync,changed,missing,unmanaged,unknown&key=${state}%2Fmodule.m7.aws_t7.web%5B7%5D`,
  ],
  ['then', '/v1/drift?at=1m'],
  ['then, of no type', '/v1/drift?at=1m&type=nothing'],
  ['log', '/v1/drift/changes?offset=-1&limit=100'],
]
const host = '127.0.0.1:8420'
await measureCalls((path) => app.fetch(new Request(`http://${host}${path}`, { headers: { host } })), asked, rounds)
await printPaint(app, [shownOnDrift], rounds)

app[Symbol.dispose]()
await view[Symbol.asyncDispose]()
await engine[Symbol.asyncDispose]()
if (kept === null) rmSync(folder, { recursive: true, force: true })
process.exit(0)
