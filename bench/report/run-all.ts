/**
 * `npm run bench`: the benchmarks that need nothing but this repository, one after the other in about ten minutes, and what they
 * measured as a table (`bench/RESULTS.md`) and as JSON lines (`bench/results.jsonl`). One that fails is named and the others go on.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { RecordedFigure } from './figures.ts'
import { type Machine, type Run, resultsPage } from './results-page.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const figuresFile = `${root}bench/results.jsonl`
const pageFile = `${root}bench/RESULTS.md`

/** In the order in which they run; settings where the usual ones take longer than is left. Those that need a broker, a cloud or a cluster run by name. */
const benches: readonly (readonly [name: string, ...settings: string[]])[] = [
  ['engine', 'rounds=3'],
  ['latency', 'seconds=15'],
  ['memory'],
  ['storage'],
  ['scaling'],
  ['diff-files'],
  ['diff-peers'],
  ['json-scan', 'rounds=5'],
  ['terraform-state'],
  ['sources'],
]

function machine(): Machine {
  const git = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' })
  return {
    at: new Date().toISOString().slice(0, 16).replace('T', ' '),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 1e9),
    system: `${type()} ${release()}`,
    runtime: `Bun ${process.versions.bun}`,
    revision: git.status === 0 ? git.stdout.trim() : 'unknown',
    loadBefore: loadavg()[0] ?? 0,
  }
}

/** A benchmark that takes longer hangs. */
const mostMs = 5 * 60_000

async function run(name: string, settings: readonly string[], file: string): Promise<Run> {
  const startedAt = performance.now()
  console.log(`\n# ${[name, ...settings].join(' ')}`)
  const child = spawn(process.execPath, [`bench/${name}.ts`, ...settings], {
    cwd: root,
    stdio: 'inherit',
    timeout: mostMs,
    env: { ...process.env, BENCH_FIGURES: file },
  })
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  const seconds = (performance.now() - startedAt) / 1000
  return { name, settings, seconds, failure: code === 0 ? null : `it ended with ${code ?? signal}` }
}

const on = machine()
const partial = `${figuresFile}.partial`
rmSync(partial, { force: true })
const runs: Run[] = []
for (const [name, ...settings] of benches) runs.push(await run(name, settings, partial))
const lines = existsSync(partial) ? readFileSync(partial, 'utf8').trimEnd().split('\n') : []
const figures = lines.map((line): RecordedFigure => JSON.parse(line))
const page = resultsPage(on, runs, figures)
writeFileSync(pageFile, page)
if (lines.length > 0) renameSync(partial, figuresFile)
console.log(`\n${page}\nWritten to bench/RESULTS.md and bench/results.jsonl.`)
process.exitCode = runs.every(({ failure }) => failure === null) ? 0 : 1
