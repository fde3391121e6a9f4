/**
 * `npm run soak -- --minutes N [--seed S]`: a `vaino up` of its own under everything at once: collectors of Terraform states that are
 * written meanwhile, pushes, subscribers that come and go, questions; killed, stopped and suspended at random in the first part, left alone in
 * the second. A checker in a process of its own follows the log through all of it and watches what the server holds. Ends with 1 at the first
 * broken promise or leak, and says which.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Random, seedOf } from '../random.ts'
import { ServerProcess } from '../server-process.ts'
import { CheckerProcess } from './checker-process.ts'
import { growth } from './growth.ts'
import { Pusher } from './pusher.ts'
import { ask, type ReaderCounts, subscribe } from './readers.ts'
import { report } from './report.ts'
import { States } from './states.ts'

const pushers = 4
const subscribers = 12
/** Share of the time in which the server is disturbed. */
const disturbedShare = 0.5
/** Everything is settled and compared so often. */
const settleEveryMs = 45_000
/** `max_memory_usage` is 500 MB by default. */
const maxRssBytes = 500 * 1024 * 1024

const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } })
const minutes = Number(values.minutes ?? 10)
const seed = Number(values.seed ?? seedOf())
if (!(minutes > 0) || !Number.isInteger(seed)) {
  console.error('npm run soak -- --minutes N [--seed S], where N is a number above 0 and S a whole number')
  process.exit(2)
}
console.log(`soak of ${minutes} minutes; the same again: npm run soak -- --minutes ${minutes} --seed ${seed}`)

const random = new Random(seed)
/** Found by its name as a secret, and by its text in the files. */
const secret = `soak-secret-${random.below(2 ** 31).toString(36)}`
const temporary = (folder: string): string => {
  const at = path.join(folder, 'tmp')
  mkdirSync(at)
  return at
}

const environment = { ...process.env }
await using server = new ServerProcess({}, [], environment)
environment.TMPDIR = temporary(server.folder)
const states = new States(path.join(server.folder, 'states'), new Random(seed + 1), secret)
server.configure({
  sources: [{ kind: 'terraform', where: states.folder, interval: '5s' }],
  retention: { size: '64MB' },
})
const checker = new CheckerProcess({ dataDir: server.dataDir, temporary: environment.TMPDIR, secret, maxRssBytes })
const stop = new AbortController()
let url: string | null = null
const where = { url: () => url, say: checker.say, secret }
const writers = Array.from({ length: pushers }, (_, n) => new Pusher(`pusher-${n}`, new Random(seed + 10 + n), where))
const counts: ReaderCounts = { streams: 0, questions: 0, failures: [] }
const ended = { killed: 0, stopped: 0, suspended: 0 }

async function start(): Promise<void> {
  await server.start()
  url = server.url
  checker.say({ kind: 'up', url, pid: server.pid })
}

function down(): void {
  url = null
  checker.say({ kind: 'down' })
}

/** Ends or suspends the server as an accident would. */
async function disturb(): Promise<void> {
  const what = random.below(10)
  if (what === 0) {
    ended.suspended++
    await server.hang()
    await sleep(3_000)
    server.goOn()
    return
  }
  down()
  if (what < 3) {
    ended.stopped++
    const code = await server.stop()
    if (code !== 0) counts.failures.push(`a stop ended with ${code}`)
  } else {
    ended.killed++
    await server.kill()
  }
  await start()
}

/** Holds what is sent, lets the checker compare, and goes on. */
async function settle(): Promise<void> {
  const senders = [states, ...writers]
  for (const sender of senders) sender.isPaused = true
  while (senders.some(({ isIdle }) => !isIdle)) await sleep(20)
  states.settle(checker.say)
  await checker.settle(writers.reduce((sum, { badRecords }) => sum + badRecords, 0))
  for (const sender of senders) sender.isPaused = false
}

await start()
const running = [
  states.run(stop.signal),
  ...writers.map((writer) => writer.run(stop.signal)),
  ...Array.from({ length: subscribers }, (_, n) =>
    subscribe(where.url, new Random(seed + 100 + n), counts, stop.signal),
  ),
  ask(where.url, new Random(seed + 200), counts, stop.signal),
]
const startedAt = performance.now()
const durationMs = minutes * 60_000
let settledAt = startedAt
let isUndisturbed = false
while (performance.now() - startedAt < durationMs) {
  const isLate = performance.now() - startedAt > durationMs * disturbedShare
  if (isLate && !isUndisturbed) {
    isUndisturbed = true
    checker.say({ kind: 'undisturbed' })
  }
  if (performance.now() - settledAt > settleEveryMs) {
    await settle()
    settledAt = performance.now()
  } else if (isUndisturbed) await sleep(500)
  else {
    // Soon after a start too, while states are read and journals taken up.
    await sleep(random.oneIn(3) ? random.below(1_500) : 2_000 + random.below(18_000))
    await disturb()
  }
}
await settle()
stop.abort()
await Promise.all(running)
down()
const code = await server.stop()
const result = await checker.end()

const secretIn = [server.dataDir, environment.TMPDIR].flatMap((folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && readFileSync(path.join(entry.parentPath, entry.name)).includes(secret))
    .map(({ name }) => name),
)
const problems = [
  ...result.problems,
  ...growth(result.samples),
  ...counts.failures,
  ...secretIn.map((name) => `I9: a secret in the file ${name}`),
  ...(server.stderr.includes(secret) ? ['I9: a secret in the log'] : []),
  ...(code === 0 ? [] : [`the last stop ended with ${code}`]),
  ...readdirSync(environment.TMPDIR).map((name) => `left behind in the folder of temporary files: ${name}`),
]
console.log(report({ minutes, result, counts, ended, writers, stateWrites: states.writes }))
for (const problem of problems) console.log(`PROBLEM ${problem}`)
console.log(problems.length === 0 ? 'no problem' : `${problems.length} problems; seed ${seed}`)
process.exitCode = problems.length === 0 ? 0 : 1
