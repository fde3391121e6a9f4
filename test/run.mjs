// npm test: installs what is missing, type-checks, lints, and runs every test that this machine can run. Plain Node, because
// it must start where nothing is installed yet.
//
//   npm test                   everything
//   npm test -- cursor api/    the test files whose path holds one of these, and no other check
//   npm run test:long          those that take minutes each, which npm test leaves out
//
// VAINO_SEED, VAINO_RUNS     the property tests' seed and number of runs
// TEST_JOBS                  how many test files run at once (default: the cores, at most 4)
// TEST_MINUTES               when the whole run is given up (default 30)
// TEST_OPTIONAL_LANES        "browser: why; power: why", lanes that may be missing although CI=true

import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownCache } from './runner/cache.mjs'
import { isContinuousIntegration, testEnvironment, waivedLanes } from './runner/environment.mjs'
import { judge } from './runner/junit.mjs'
import { inParallel, killAll, runCommand } from './runner/process.mjs'
import { createReport } from './runner/report.mjs'

const checkTimeoutMs = 300_000
/** One test, not one file; lanes.ts limits the files. */
const testTimeoutMs = 120_000

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const executable = (name) => path.join(root, 'node_modules/.bin', name)
const env = testEnvironment(process.env)
const wanted = process.argv.slice(2)
const report = createReport((line) => process.stdout.write(`${line}\n`))

const scratch = mkdtempSync(path.join(os.tmpdir(), 'vaino-test-'))
// A test may run something as another user, who must get through to its folder.
chmodSync(scratch, 0o711)
process.on('exit', () => {
  killAll()
  rmSync(scratch, { recursive: true, force: true })
})
function giveUp(why, code) {
  report.addFailure(why)
  report.close()
  process.exit(code)
}
process.once('SIGINT', () => giveUp('interrupted', 130))
process.once('SIGTERM', () => giveUp('terminated', 143))
const minutes = Number(process.env.TEST_MINUTES ?? 30)
setTimeout(() => giveUp(`not done after ${minutes} minutes`, 1), minutes * 60_000).unref()

const install = spawnSync(process.execPath, ['cli/launcher/install.mjs', '--dev'], { cwd: root, stdio: 'inherit' })
if (install.status !== 0) giveUp('what the tests need could not be installed', 1)

/** The lanes of lanes.ts, which needs the runtime that is installed by now. */
function readLanes() {
  const { status, stdout, stderr } = spawnSync(executable('bun'), ['test/lanes.ts'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) giveUp(`test/lanes.ts can't be run:\n${stderr}`, 1)
  const isWanted = (file) => wanted.length === 0 || wanted.some((part) => file.includes(part))
  return JSON.parse(stdout)
    .filter(({ isOnRequest, name }) => !isOnRequest || wanted.some((part) => part.includes(`.${name}.test`)))
    .map((lane) => ({ ...lane, files: lane.files.filter(isWanted) }))
    .filter((lane) => lane.files.length > 0)
}

async function runCheck(job) {
  const [name, ...args] = job.command
  const ended = await runCommand(executable(name), args, { cwd: root, env, timeoutMs: checkTimeoutMs })
  const isGood = ended.code === 0
  return {
    ...ended,
    passed: isGood ? 1 : 0,
    failed: isGood ? 0 : 1,
    skipped: [],
    problem: isGood ? null : `ended with code ${ended.code}`,
  }
}

/** One test file in a process of its own: what it leaks or crashes harms no other, and the report names it. */
async function runTestFile(job, number) {
  const folder = path.join(scratch, String(number))
  const junit = path.join(scratch, `${number}.xml`)
  mkdirSync(folder)
  const args = [
    'test',
    `--timeout=${testTimeoutMs}`,
    '--reporter=junit',
    `--reporter-outfile=${junit}`,
    `./${job.name}`,
  ]
  const options = {
    cwd: root,
    env: { ...env, TMPDIR: folder, VAINO_CACHE_DIR: ownCache(folder, process.env) },
    timeoutMs: job.timeoutMs,
  }
  const ended = await runCommand(executable('bun'), args, options)
  rmSync(folder, { recursive: true, force: true })
  return { ...ended, ...judge(ended, readIfThere(junit)) }
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}

const lanes = readLanes()
const checks = [
  { lane: 'types', name: 'tsc --noEmit', command: ['tsc', '--noEmit', '--pretty', 'false'] },
  { lane: 'types', name: 'tsc -p web --noEmit', command: ['tsc', '-p', 'web', '--noEmit', '--pretty', 'false'] },
  { lane: 'lint', name: 'biome check', command: ['biome', 'check', '.', '--diagnostic-level=warn'] },
]
const files = lanes
  .filter((lane) => lane.missing.length === 0)
  .flatMap((lane) => lane.files.map((name) => ({ lane: lane.name, name, timeoutMs: lane.timeoutSeconds * 1000 })))
const jobs = [...(wanted.length === 0 ? checks : []), ...files]

const width = Number(process.env.TEST_JOBS ?? Math.min(os.availableParallelism(), 4))
process.stdout.write(`${jobs.length} jobs, ${width} at once, VAINO_SEED=${env.VAINO_SEED}\n`)
await inParallel(width, [...jobs.entries()], async ([number, job]) => {
  report.add(job, job.command ? await runCheck(job) : await runTestFile(job, number))
})

const waived = waivedLanes(process.env.TEST_OPTIONAL_LANES)
for (const lane of lanes.filter(({ missing }) => missing.length > 0))
  report.addMissingLane(lane, waived.get(lane.name) ?? lane.optional, isContinuousIntegration(process.env))
process.exit(report.close())
