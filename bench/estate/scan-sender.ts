/**
 * A process of its own that posts scans in which nothing has changed, one after the other with pauses, until it is ended:
 * `scan-sender.ts URL RESOURCES FIRST_SCOPE SCOPES`. Each is made before it is sent. Prints a line of JSON when one was acknowledged: its begin and end, Unix milliseconds.
 */
import { benchScan, eachOf, postRecords } from './made-up.ts'

const [url = '', ...numbers] = process.argv.slice(2)
const [resources = 0, first = 0, scopes = 1] = numbers.map(Number)
const pauseMs = 1_000
const atOnce = 4

const now = (): number => performance.timeOrigin + performance.now()

for (let round = 1; ; round++) {
  const bodies = Array.from({ length: scopes }, (_, n) => benchScan(first + n, resources / scopes, round, () => 0))
  const begin = now()
  await eachOf(scopes, atOnce, (n) => postRecords(url, bodies[n] ?? ''))
  console.log(JSON.stringify([begin, now()]))
  await new Promise((resolve) => setTimeout(resolve, pauseMs))
}
