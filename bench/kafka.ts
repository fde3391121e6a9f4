/**
 * A Kafka node against the same job written in Kafka Streams (bench/kafka-streams), exactly once, one after the other against
 * one broker, all on the same machine. Each runs as a process of its own, over input that is in its topic before it starts.
 *
 *   npm run bench -- kafka [keys=200000] [scopes=500] [scans=4] [changed=2] [peer=no]     Linux, Java 17 with javac, Maven
 *
 * Two loads: resources that nobody has seen before, and scans of them in which so many percent differ from the scan before.
 * What is told is the work after the warming up (a fourth of the first load, one scan of the second), from commit to commit;
 * × is against the first row. Memory is the process's own, resident, since its start. What others took of the machine meanwhile
 * stands last: rates suffer from it, processor time hardly does.
 */

import { childRunning } from '../test/process-usage.ts'
import { setting } from './estate/made-up.ts'
import { startBroker } from './kafka/bench-broker.ts'
import { type Contender, contenders } from './kafka/contenders.ts'
import { type EstateScan, fill } from './kafka/input.ts'
import { type Measured, measure } from './kafka/measure.ts'
import { printLoad } from './kafka/table.ts'

const keys = setting('keys', 200_000)
const scopes = setting('scopes', 500)
const scans = setting('scans', 4)
const changedPercent = setting('changed', 2)
const withPeer = !process.argv.includes('peer=no')
const perScope = Math.ceil(keys / scopes)

interface Load {
  readonly name: string
  readonly warm: readonly EstateScan[]
  readonly scans: readonly EstateScan[]
}

const everyScope = { first: 0, count: scopes }
const scanOf = (round: number, which = everyScope): EstateScan => ({
  round,
  scopes: which,
  perScope,
  // The same ones in each scan, spread over the scope.
  revisionOf: (n) => ((n * 37) % 100 < changedPercent ? round : 0),
})
const loads: readonly Load[] = [
  {
    name: 'first load',
    warm: [scanOf(0, { first: scopes, count: Math.ceil(scopes / 4) })],
    scans: [scanOf(0)],
  },
  {
    name: `${changedPercent} % changed`,
    warm: [scanOf(1)],
    scans: Array.from({ length: scans }, (_, n) => scanOf(n + 2)),
  },
]
const observationsIn = (list: readonly EstateScan[]): number =>
  list.reduce((sum, scan) => sum + scan.scopes.count * scan.perScope, 0)

const { kafka, folder } = await startBroker()
const { settings } = kafka
const brokerPid = childRunning('kafka.Kafka')

async function work({ input, progress, start }: Contender, load: Load): Promise<Measured> {
  const warmMessages = await fill(settings, input, load.warm)
  const messages = warmMessages + (await fill(settings, input, load.scans))
  const observations = observationsIn([...load.warm, ...load.scans])
  return measure(settings, progress, { messages, observations, warmMessages }, brokerPid, start)
}

const competing = await contenders(settings, folder, withPeer)
console.log(`${scopes * perScope} keys in ${scopes} scopes, ${scans} scans of them`)
for (const load of loads) {
  const rows: { name: string; measured: Measured }[] = []
  for (const contender of competing) rows.push({ name: contender.name, measured: await work(contender, load) })
  printLoad(load.name, rows)
}
await kafka[Symbol.asyncDispose]()
process.exit(0)
