import { expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { lanes, repository, testFiles } from '../lanes.ts'
import { isContinuousIntegration, testEnvironment, waivedLanes } from './environment.mjs'
import { judge } from './junit.mjs'
import { inParallel, runCommand } from './process.mjs'
import { createReport } from './report.mjs'

/** Runs one test file as the runner does and gives what it makes of it. */
async function judged(source: string) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'runner-'))
  const [file, report] = [path.join(folder, 'planted.test.ts'), path.join(folder, 'report.xml')]
  writeFileSync(file, `import { expect, test } from 'bun:test'\n${source}`)
  const args = ['test', '--reporter=junit', `--reporter-outfile=${report}`, file]
  const ended = await runCommand(process.execPath, args, { cwd: folder, env: process.env, timeoutMs: 20_000 })
  const xml = spawnSync('cat', [report], { encoding: 'utf8' })
  rmSync(folder, { recursive: true, force: true })
  return judge(ended, xml.status === 0 ? xml.stdout : null)
}

test('passed, failed and skipped tests are counted, and the skipped are named', async () => {
  const found = await judged(`
    test('good', () => {})
    test('bad', () => { expect(1).toBe(2) })
    test.skip('later "quoted" & <bracketed>', () => {})`)
  expect(found).toEqual({ passed: 1, failed: 1, skipped: ['later "quoted" & <bracketed>'], problem: null })
})

test('a file that ends before its tests are done has failed, even with exit code 0', async () => {
  const early = await judged(`test('leaves', () => { process.exit(0) })`)
  expect(early).toMatchObject({ failed: 1, problem: 'ended with code 0 before its tests were done' })
})

test('a file that does not load or has no test has failed', async () => {
  expect((await judged(`throw new Error('no')`)).failed).toBe(1)
  expect((await judged(`expect(1).toBe(1)`)).failed).toBe(1)
})

test('a command over its time is killed with everything that it started', async () => {
  const script = 'sleep 300 & echo $!; wait'
  const options = { cwd: repository, env: process.env, timeoutMs: 300 }
  const ended = await runCommand('sh', ['-c', script], options)
  expect(ended.timedOut).toBe(true)
  expect(judge(ended, null).problem).toBe('ran out of time and was killed')
  const child = Number(ended.output)
  const isGone = () => spawnSync('kill', ['-0', String(child)]).status !== 0 || readState(child) === 'Z'
  while (!isGone()) await new Promise((resolve) => setImmediate(resolve))
})
const readState = (pid: number) => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]

test('jobs run in order and never more at once than allowed', async () => {
  let [now, most] = [0, 0]
  const begun: number[] = []
  await inParallel(3, [1, 2, 3, 4, 5, 6, 7], async (job: number) => {
    begun.push(job)
    most = Math.max(most, ++now)
    await new Promise((resolve) => setImmediate(resolve))
    now -= 1
  })
  expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(most).toBe(3)
})

function reported(act: (report: ReturnType<typeof createReport>) => void) {
  const lines: string[] = []
  const report = createReport((line: string) => void lines.push(line))
  act(report)
  const code = report.close()
  return { lines, code, last: lines.at(-1) }
}
const good = { passed: 2, failed: 0, skipped: [], problem: null, output: '', seconds: 1 }

test('the last line is the sum, and the exit code tells of any failure', () => {
  const green = reported((report) => report.add({ lane: 'unit', name: 'a.test.ts' }, good))
  expect([green.last, green.code]).toEqual(['2 passed, 0 failed', 0])
  const red = reported((report) => {
    report.add({ lane: 'unit', name: 'a.test.ts' }, good)
    report.add({ lane: 'unit', name: 'b.test.ts' }, { ...good, failed: 1, output: 'why it failed' })
  })
  expect([red.last, red.code]).toEqual(['4 passed, 1 failed', 1])
  expect(red.lines).toContain('     | why it failed')
  expect(red.lines).toContain('FAILED b.test.ts has 1 failed test')
})

test('a run in which no test ran is no success', () => {
  expect(reported(() => undefined)).toMatchObject({ code: 1, last: '0 passed, 0 failed' })
})

test('a lane that lacks its tool is named with the reason, and fails where CI lets none be missing', () => {
  const lane = { name: 'browser', about: 'pages', files: ['a', 'b'], missing: ['chromium (install it)'] }
  const run = (why: string | undefined, isRequired: boolean) =>
    reported((report) => {
      report.add({ lane: 'unit', name: 'a.test.ts' }, good)
      report.addMissingLane(lane, why, isRequired)
    })
  expect(run(undefined, false)).toMatchObject({ code: 0 })
  expect(run(undefined, false).lines).toContain('SKIPPED lane browser (pages; 2 files): needs chromium (install it)')
  expect(run(undefined, true)).toMatchObject({ code: 1, last: '2 passed, 1 failed' })
  expect(run('no apt-get here', true)).toMatchObject({ code: 0 })
})

test('reasons for missing lanes are read from the environment', () => {
  expect([...waivedLanes('browser: no apt; here: x; power:  no compiler ')]).toEqual([
    ['browser', 'no apt'],
    ['here', 'x'],
    ['power', 'no compiler'],
  ])
  expect([undefined, '', 'false', 'true', '1'].map((CI) => isContinuousIntegration({ CI }))).toEqual([
    false,
    false,
    false,
    true,
    true,
  ])
})

test('tests see one seed and no real cloud', () => {
  const env = testEnvironment({ PATH: '/bin', AWS_PROFILE: 'prod', VAINO_CONFIG: 'x', FORCE_COLOR: '1' })
  expect(env).toMatchObject({ PATH: '/bin', AWS_ACCESS_KEY_ID: 'testing', GCE_METADATA_HOST: '127.0.0.1:9' })
  expect(env).toMatchObject({ AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_EC2_METADATA_DISABLED: 'true' })
  expect(env).not.toContainAnyKeys(['AWS_PROFILE', 'VAINO_CONFIG', 'FORCE_COLOR'])
  expect(Number(env.VAINO_SEED)).toBeInteger()
  expect(testEnvironment({ VAINO_SEED: '7' }).VAINO_SEED).toBe('7')
})

test('every test file is in a lane', () => {
  expect(testFiles()).toContain('test/runner/runner.test.ts')
  expect(lanes.at(-1)?.takes.test('anything.test.ts')).toBe(true)
  expect(new Set(lanes.map((lane) => lane.name)).size).toBe(lanes.length)
})
