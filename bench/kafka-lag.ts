/**
 * How late changes are in Kafka mode, and how long it takes to go on after a failure: two nodes with all roles as processes of
 * their own, one broker, and a steady stream of observations, all on the same machine.
 *
 *   npm run bench -- kafka-lag [rate=5000] [changed=2] [keys=20000] [seconds=20] [rebuild=100000]     Linux, Java 17, Maven
 *
 * A change is late by the time from its observation being handed to the producer to a `read_committed` consumer having it. What
 * goes on again after something happened does so when in every partition something is committed that was sent after that.
 */
import { topicNames } from '../connectors/kafka/kafka.ts'
import { childRunning, watchOthers } from '../test/process-usage.ts'
import { setting } from './estate/made-up.ts'
import { startBroker } from './kafka/bench-broker.ts'
import { followChanges } from './kafka/change-lags.ts'
import { asParcels, fill } from './kafka/input.ts'
import { watchInput } from './kafka/input-lag.ts'
import { LagNode } from './kafka/lag-node.ts'
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

const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN

async function whenShared(): Promise<void> {
  await Promise.all([a, b].flatMap((node) => [node.whenOwning(partitions / 2), node.whenReady()]))
  await input.whenLive()
}

await Promise.all([a.start(), b.start()])
await whenShared()
const stream = startStream(settings, { topic, keys, rate, changedPercent })
// In the first round all of them are new; in the second one the nodes get warm.
await stream.round()
await stream.round()
await input.whenLive()
changes.take()
input.takePeak()
const othersShare = watchOthers([a.pid, b.pid, childRunning('kafka.Kafka')])
const before = [a, b].map(({ usage }) => usage.cpuUs)
await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
const lags = changes.take()
const percentile = (share: number): string => `${at(lags, share).toFixed(0)} ms`
console.log(`${rate} observations a second for ${seconds} s, ${changedPercent} % changed, two nodes`)
console.log(
  `${lags.length} changes were late by p50 ${percentile(0.5)}, p99 ${percentile(0.99)}, at most ${percentile(1)}`,
)
console.log(`observations that waited: at most ${input.takePeak()}`)
const told = [a, b].map(({ usage }, node) => {
  const cores = (usage.cpuUs - (before[node] ?? 0)) / 1e6 / seconds
  return `${(cores * 100).toFixed(0)} % of a core and ${(usage.residentBytes / 1e6).toFixed(0)} MB`
})
console.log(`a node took ${told.join(', the other ')}`)
console.log(`others took ${(othersShare() * 100).toFixed(0)} % of the machine\n`)

const row = (name: string, took: string, late: string): void =>
  console.log(`${name.padEnd(40)}${took.padStart(14)}${late.padStart(24)}`)
row('what happens', 'goes on after', 'a change late at most')

/** Lets something happen, and tells what came of it. @param happen what it resolves with stands behind the name */
async function recovery(name: string, happen: () => Promise<string>): Promise<void> {
  changes.take()
  const startedAt = performance.now()
  const note = await happen()
  await input.whenAllGoOn()
  const took = performance.now() - startedAt
  await input.whenLive()
  row(`${name}${note}`, inSeconds(took), inSeconds(at(changes.take(), 1)))
}
const backAgain = () =>
  recovery('the node comes back', async () => {
    await b.start()
    await whenShared()
    return ''
  })

await recovery('kill -9 of a node', async () => {
  await b.kill()
  return ' (session_timeout 10 s)'
})
await backAgain()
await recovery('SIGTERM of a node', async () => {
  await b.stop()
  return ''
})
await backAgain()
await recovery('restart of the broker', async () => {
  const stoppedAt = performance.now()
  await kafka.node(1).stop()
  await kafka.start()
  return ` (away for ${inSeconds(performance.now() - stoppedAt)})`
})
await whenShared()
await stream.stop()

const perScope = 400
const estate = { first: keys, count: Math.ceil(rebuildKeys / perScope) }
await fill(settings, { topic, form: asParcels }, [{ round: 0, scopes: estate, perScope, revisionOf: () => 0 }])
await input.whenProcessed()
await b.stop()
b.deleteData()
const startedAt = performance.now()
await b.start()
await b.whenReady()
const took = performance.now() - startedAt
const [known, rebuilt] = [await a.resources(), await b.resources()]
if (known !== rebuilt) throw new Error(`one node knows ${known} resources, the one rebuilt ${rebuilt}`)
row(`a data directory is deleted: ${rebuilt} keys`, inSeconds(took), `${Math.round((rebuilt * 1000) / took)} keys/s`)

await Promise.all([a.stop(), b.stop()])
await changes[Symbol.asyncDispose]()
await input[Symbol.asyncDispose]()
await kafka[Symbol.asyncDispose]()
process.exit(0)
