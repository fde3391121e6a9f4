import { afterAll, beforeAll, expect, test } from 'bun:test'
import { openFollower } from '../../../api/test-follower.ts'
import { until } from '../../../api/test-server.ts'
import { FaultProxy } from '../../../test/estate/fault-proxy.ts'
import { type AwsCall, callAws, Moto } from '../../../test/estate/moto.ts'
import { ServerProcess } from '../../../test/server-process.ts'

const [account, region] = ['123456789012', 'eu-west-1']
const sqs = (method: string, given: object): AwsCall => ({ service: 'sqs', region, method, arguments: given })
/** As AWS names it to who asks through the proxy. */
const url = (name: string) => `${proxy.url}/${account}/${name}`
const alice = { type: 'IAMUser', arn: 'alice' }

/** An event as EventBridge delivers it, which says that a queue was changed. */
const event = (eventName: string, queue: string, more: object = {}) => ({
  'detail-type': 'AWS API Call via CloudTrail',
  detail: {
    ...{ eventID: `${eventName} ${queue}`, eventName, eventSource: 'sqs.amazonaws.com', awsRegion: region },
    ...{ eventTime: new Date().toISOString(), recipientAccountId: account, readOnly: false, userIdentity: alice },
    ...{ requestParameters: { queueUrl: url(queue) }, ...more },
  },
})

/** Sends messages ten at a time, as they are. */
const sending = (bodies: readonly unknown[]): AwsCall[] =>
  Array.from({ length: Math.ceil(bodies.length / 10) }, (_, at) =>
    sqs('send_message_batch', {
      QueueUrl: url('vaino-events'),
      Entries: bodies.slice(at * 10, at * 10 + 10).map((body, n) => ({
        Id: String(n),
        MessageBody: typeof body === 'string' ? body : JSON.stringify(body),
      })),
    }),
  )
const timeout = (queue: string, seconds: number): AwsCall =>
  sqs('set_queue_attributes', { QueueUrl: url(queue), Attributes: { VisibilityTimeout: String(seconds) } })

let moto: Moto
let proxy: FaultProxy
beforeAll(async () => {
  moto = await Moto.start()
  proxy = await FaultProxy.start(moto.url)
  process.env.AWS_ENDPOINT_URL = proxy.url
  const queues = ['a', 'b', 'c', 'vaino-events'].map((QueueName) => sqs('create_queue', { QueueName }))
  await callAws(moto.url, queues)
}, 240_000)
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await moto[Symbol.asyncDispose]()
})

async function watching() {
  const types = { include: ['aws_sqs_queue'] }
  const source = { kind: 'aws', where: '', interval: '1h', regions: [region], types }
  const server = new ServerProcess({ sources: [{ ...source, events: { queue: url('vaino-events') } }] })
  await server.start()
  const stream = await openFollower(`${server.url}/v1/changes?live=sse&offset=-1`)
  await until('the queues were seen', () => stream.changes.length >= 4, 90_000)
  proxy.set(null)
  const first = stream.changes.length
  return {
    later: () => stream.changes.slice(first).map(({ op, resource }) => [op, resource.name]),
    said: () => server.stderr,
    metric: async (outcome: string) => {
      const text = await (await fetch(`${server.url}/metrics`)).text()
      return Number(new RegExp(`vaino_source_messages_total\\{outcome="${outcome}"\\} (\\d+)`).exec(text)?.[1] ?? 0)
    },
    [Symbol.asyncDispose]: async () => {
      await stream[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

test('I5: what forged events say changes nothing, and the true one beside them is a change once, though it came three times and late', async () => {
  await using watched = await watching()
  const hourAgo = new Date(Date.now() - 3_600_000).toISOString()
  const edit = event('SetQueueAttributes', 'a', { eventTime: hourAgo })
  const huge = { queueUrl: url('b'), more: Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`k${n}`, 'v'])) }
  const forged = [
    event('DeleteQueue', 'b'),
    event('DeleteQueue', 'never-there'),
    event('DeleteQueue', '../../../999999999999/x'),
    event('DeleteQueue', 'c', { eventID: 'foreign', recipientAccountId: '999999999999' }),
    event('DeleteQueue', 'c', { eventID: 'elsewhere', awsRegion: 'eu-south-2' }),
    event('DeleteQueue', 'c', { eventID: 'no time', eventTime: 'yesterday' }),
    event('SetQueueAttributes', 'b', { eventID: 'huge', requestParameters: huge }),
    event('__proto__', 'b', { eventID: 'proto', requestParameters: JSON.parse('{"__proto__": {"queueUrl": 7}}') }),
    event('MadeUpOperation', 'b', { eventID: 'made up', eventSource: 'nobody-knows.amazonaws.com' }),
    event('SetQueueAttributes', 'b', { eventID: 'no url', requestParameters: { queueUrl: { deep: ['x'] } } }),
    ...['{}', '[]', 'null', '<html>', '"', '{"detail": 7}', '{"Type":"Notification","Message":"{"}'],
  ]
  const all = [...forged, edit, edit, edit]
  await callAws(moto.url, [timeout('a', 41), ...sending(all)])
  const outcomes = ['taken', 'duplicate', 'not_watched', 'unusable']
  const counted = async () => (await Promise.all(outcomes.map(watched.metric))).reduce((sum, n) => sum + n, 0)
  await until('all were taken from the queue', async () => (await counted()) === all.length, 90_000)
  await until('the edit was seen', () => watched.later().length > 0, 60_000)
  expect(await watched.metric('duplicate')).toBe(2)
  expect(await watched.metric('unusable')).toBeGreaterThanOrEqual(8)
  // A change that comes after them: by then all that they led to has been read.
  await callAws(moto.url, [timeout('c', 43), ...sending([event('SetQueueAttributes', 'c')])])
  await until('the last edit was seen', () => watched.later().length > 1, 60_000)
  expect(watched.later()).toEqual([
    ['u', 'a'],
    ['u', 'c'],
  ])
  const written = proxy.mutating.map(({ operation }) => operation)
  expect(
    written.filter((one) => !/^(?:(?:Delete|Receive)Message|ChangeMessageVisibility)(?:Batch)?$/.test(one)),
  ).toEqual([])
}, 300_000)

test('a queue that vanishes is said, and once it is there again its events are changes', async () => {
  await using watched = await watching()
  await callAws(moto.url, [sqs('delete_queue', { QueueUrl: url('vaino-events') })])
  await until('the failure was said', () => watched.said().includes('"event":"source_failed"'), 90_000)
  await callAws(moto.url, [
    sqs('create_queue', { QueueName: 'vaino-events' }),
    timeout('b', 51),
    ...sending([event('SetQueueAttributes', 'b', { eventID: 'again' })]),
  ])
  await until('the edit was seen', () => watched.later().some(([, name]) => name === 'b'), 120_000)
}, 300_000)
