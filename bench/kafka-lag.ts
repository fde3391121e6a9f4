/**
 * How late changes are in Kafka mode, and how long it takes to go on after a failure: two nodes with all roles as processes of
 * their own, one broker, and a steady stream of observations, all on the same machine.
 *
 *   npm run bench -- kafka-lag [rate=5000] [changed=2] [keys=20000] [seconds=20] [rebuild=100000]     Linux, Java 17, Maven
 *
 * A change's lag is from the moment that its observation is handed to the producer until a `read_committed` consumer has it. A
 * failure's time is from the signal until in every partition something is committed that was sent after it.
 */
import { topicNames } from '../connectors/kafka/kafka.ts'
import { setting } from './estate/made-up.ts'
import { startBroker } from './kafka/bench-broker.ts'
import { followChanges } from './kafka/change-lags.ts'
import { asParcels, fill } from './kafka/input.ts'
import { watchInput } from './kafka/input-lag.ts'
import { LagNode } from './kafka/lag-nodes.ts'
import { startStream } from './kafka/steady-stream.ts'
import { makeVainoTopics, partitions } from './kafka/topics.ts'

const rate = setting('rate', 5_000)
const changedPercent = setting('changed', 2)
const keys = setting('keys', 20_000)
const seconds = setting('seconds', 20)
const rebuildKeys = setting('rebuild', 100_000)
const prefix = 'vaino'

const { kafka, folder } = await startBroker()
const { settings } = kafka
const topic = await makeVainoTopics(settings, prefix)
const a = new LagNode(settings, prefix, folder, 'a')
const b = new LagNode(settings, prefix, folder, 'b')
const input = watchInput(settings, `${prefix}.processors`, topic)
const changes = followChanges(settings, topicNames(prefix).changes)

const share = async () => {
  await Promise.all([a.whenOwning(partitions / 2), b.whenOwning(partitions / 2), a.whenReady(), b.whenReady()])
  await input.whenCaughtUp()
}
const at = (sorted: readonly number[], part: number) => sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN
const ms = (value: number) => `${value.toFixed(0)} ms`
const s = (value: number) => `${(value / 1000).toFixed(1)} s`

await Promise.all([a.start(), b.start()])
await share()
const stream = startStream(settings, { topic, keys, rate, changedPercent })
// All are new in the first round; in the second one the nodes are warm.
await stream.round()
await stream.round()
await input.whenCaughtUp()
changes.take()
input.takePeak()
await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
const lags = changes.take()
const peak = input.takePeak()
console.log(`${rate} observations a second, ${changedPercent} % changed, two nodes, ${seconds} s`)
console.log(
  `lag of ${lags.length} changes: p50 ${ms(at(lags, 0.5))}, p99 ${ms(at(lags, 0.99))}, at most ${ms(at(lags, 1))}`,
)
console.log(`observations waiting: at most ${peak}\n`)

/** Disturbs, and says when all partitions are processed again. */
async function recovery(name: string, disturb: () => Promise<unknown>, note = ''): Promise<void> {
  changes.take()
  const startedAt = performance.now()
  await disturb()
  await input.whenAllGoOn()
  const took = performance.now() - startedAt
  await input.whenCaughtUp()
  const worst = at(changes.take(), 1)
  console.log(`${name.padEnd(24)} all partitions go on after ${s(took)}, a change was ${s(worst)} late at most${note}`)
}

await recovery('kill -9 of a node', () => b.kill(), ' (session_timeout 10 s)')
await b.start()
await share()
await recovery('SIGTERM of a node', () => b.stop())
await b.start()
await share()
await recovery('restart of the broker', async () => {
  await kafka.node(1).stop()
  await kafka.start()
})
await share()
await stream.stop()

const scopes = Math.ceil(rebuildKeys / 400)
const estate = { round: 0, scopes: { first: 100_000, count: scopes }, perScope: 400, revisionOf: () => 0 }
await fill(settings, { topic, form: asParcels }, [estate])
await input.whenCaughtUp()
await b.stop()
b.deleteData()
const startedAt = performance.now()
await b.start()
await b.whenReady()
const took = performance.now() - startedAt
const [known, rebuilt] = [await a.resources(), await b.resources()]
if (known !== rebuilt) throw new Error(`one node knows ${known} resources, the other ${rebuilt}`)
console.log(
  `${'a lost data directory'.padEnd(24)} ${rebuilt} keys are there again after ${s(took)}: ${Math.round((rebuilt * 1000) / took)} a second`,
)

await Promise.all([a.stop(), b.stop()])
await changes[Symbol.asyncDispose]()
await input[Symbol.asyncDispose]()
await kafka[Symbol.asyncDispose]()
process.exit(0)
