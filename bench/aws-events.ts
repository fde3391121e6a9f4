/**
 * Events of CloudTrail that come all at once: what becomes of them, and what that takes.
 *
 *   npm run bench -- aws-events [events=10000] [kills=0] [seed=1]
 *
 * ministack plays AWS, its queue too. vaino stands still while the queue is filled: 43 edits and deletes by one person, and among them, in no order, events that
 * are delivered several times, that name what has not changed, that say that things were deleted which are there, of services, accounts and regions that are not
 * watched, and what is no event. With `kills` vaino is killed in the midst of them. Ends with code 1 where a message was lost or removed early, or a change is another.
 */

import { eventFlood } from '../test/ministack/event-flood.ts'
import { seedOf } from '../test/random.ts'
import { setting } from './estate/made-up.ts'

// Until the stand-in listens, and where it doesn't come up, nothing may leave this machine.
Object.assign(process.env, { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_EC2_METADATA_DISABLED: 'true' })
Object.assign(process.env, {
  AWS_ACCESS_KEY_ID: 'example-only',
  AWS_SECRET_ACCESS_KEY: 'example-only',
  AWS_REGION: 'eu-west-1',
})
const flood = await eventFlood(setting('events', 10_000), setting('seed', seedOf()), setting('kills', 0))
const { changes, edits, early, left, writes, readsByOperation } = flood
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`
console.log(
  `${flood.messages} messages, ${flood.events} events of what is watched: ${(flood.tookMs / 1000).toFixed(0)} s until all were removed, a minute of it for looking again at what shows nothing new; ` +
    `${flood.cpuSeconds.toFixed(1)} s of processor time; ${megabytes(flood.residentBefore)} resident before, ${megabytes(flood.residentMost)} at most`,
)
console.log(`${flood.queueCalls} calls to the queue, ${flood.reads} that read: ${JSON.stringify(readsByOperation)}`)
const isRight =
  JSON.stringify(changes) === JSON.stringify(edits) && left === 0 && early.length === 0 && writes.length === 0
console.log(
  `${changes.length} of ${edits.length} changes recorded, with their maker: ${isRight ? 'as they were made' : 'NOT as they were made'}`,
)
if (!isRight) console.log({ changes, edits, early, left, writes })
process.exit(isRight ? 0 : 1)
