import { afterAll, beforeAll, expect, test } from 'bun:test'
import { openFollower } from '../../api/test-follower.ts'
import { until } from '../../api/test-server.ts'
import { type AwsCall, callAws, type Known } from '../../test/estate/moto.ts'
import { account, callsOf, region } from '../../test/ministack/calls.ts'
import { type Ministack, startMinistack } from '../../test/ministack/ministack.ts'
import { ServerProcess } from '../../test/server-process.ts'
import { recordingSink } from '../../test/sources/recording-sink.ts'
import { openSource, scanAll } from '../../test/sources/scan-all.ts'
import { aws } from './connector.ts'

const [sqs, dynamodb] = [callsOf('sqs'), callsOf('dynamodb')]
const other = '111111111111'

process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:9'
let ministack: Ministack
let known: Known
beforeAll(async () => {
  ministack = await startMinistack()
  process.env.AWS_ENDPOINT_URL = ministack.url
  known = await callAws(ministack.url, [
    sqs('create_queue', { QueueName: 'orders' }, { orders: 'QueueUrl' }),
    sqs('create_queue', { QueueName: 'vaino-events' }, { events: 'QueueUrl' }),
    dynamodb('create_table', {
      ...{ TableName: 'orders', BillingMode: 'PAY_PER_REQUEST' },
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  ])
}, 60_000)
afterAll(() => ministack[Symbol.asyncDispose]())

/** A server that has seen everything once, and its stream from there on. */
async function watching(source: object, first: number) {
  const server = new ServerProcess({ sources: [{ kind: 'aws', where: '', regions: [region], ...source }] })
  await server.start()
  const stream = await openFollower(`${server.url}/v1/changes?live=sse&offset=-1`)
  await until('everything was seen once', () => stream.changes.length >= first, 60_000)
  return {
    stream,
    server,
    later: () => stream.changes.slice(first),
    [Symbol.asyncDispose]: async () => {
      await stream[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

test('an edit that the service’s own CloudTrail has recorded is given its maker', async () => {
  await using watched = await watching({ interval: '1s', types: { include: ['aws_dynamodb_table'] } }, 1)
  const edit = dynamodb('update_table', { TableName: 'orders', DeletionProtectionEnabled: true })
  await callAws(ministack.url, [edit], { accessKey: 'AKIAALICE' })
  await until('the maker was found', () => watched.later().some(({ op }) => (op as string) === 'a'), 60_000)
  const [change, attribution] = watched.later()
  expect(change).toMatchObject({ op: 'u', fields: [{ path: 'configuration.DeletionProtectionEnabled', after: true }] })
  expect(attribution).toMatchObject({
    ...{ op: 'a', of: change?.id, event: { name: 'UpdateTable', source: 'dynamodb.amazonaws.com' } },
    actor: { type: 'IAMUser', arn: `arn:aws:iam::${account}:user/AKIAALICE` },
  })
}, 120_000)

test('what an event in a queue names is a change within seconds, by whom, and a delete when it is gone', async () => {
  /** As EventBridge delivers it; this stand-in has no events of its own calls. */
  const event = (eventName: string): AwsCall =>
    sqs('send_message', {
      QueueUrl: known.events,
      MessageBody: JSON.stringify({
        'detail-type': 'AWS API Call via CloudTrail',
        detail: {
          ...{ eventID: eventName, eventName, eventSource: 'sqs.amazonaws.com', eventTime: new Date().toISOString() },
          ...{ awsRegion: region, recipientAccountId: account, readOnly: false },
          requestParameters: { queueUrl: known.orders },
          userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::${account}:user/alice`, accountId: account },
        },
      }),
    })
  const source = { interval: '1h', types: { include: ['aws_sqs_queue'] }, events: { queue: known.events } }
  await using watched = await watching(source, 2)
  await callAws(ministack.url, [
    sqs('set_queue_attributes', { QueueUrl: known.orders, Attributes: { VisibilityTimeout: '41' } }),
    event('SetQueueAttributes'),
  ])
  await until('the edit was seen', () => watched.later().length > 0, 30_000)
  await callAws(ministack.url, [sqs('delete_queue', { QueueUrl: known.orders }), event('DeleteQueue')])
  await until('the delete was seen', () => watched.later().length > 1, 30_000)
  expect(watched.later()).toMatchObject([
    {
      op: 'u',
      actor: { arn: `arn:aws:iam::${account}:user/alice` },
      fields: [{ path: 'configuration.VisibilityTimeout' }],
    },
    { op: 'd', reason: 'source', resource: { name: 'orders' }, actor: { arn: `arn:aws:iam::${account}:user/alice` } },
  ])
}, 120_000)

test('two accounts and three regions share nothing: each thing is in the scope of where it was made', async () => {
  const regions = ['eu-west-1', 'us-east-1', 'af-south-1']
  const here = regions.map((place) => ({ ...sqs('create_queue', { QueueName: `here-${place}` }), region: place }))
  const there = regions.map((place) => ({ ...sqs('create_queue', { QueueName: `there-${place}` }), region: place }))
  await callAws(ministack.url, here)
  await callAws(ministack.url, there, { accessKey: other })
  const sink = recordingSink()
  const options = { accounts: [`arn:aws:iam::${other}:role/vaino`], regions, types: { include: ['aws_sqs_queue'] } }
  await scanAll(openSource(aws, '', options), sink, { concurrency: 4 })
  const found = sink.scans.map(({ scope, resources, outcome }) => [
    ...[scope as string, outcome?.complete],
    resources.map(({ name }) => name).filter((name) => /here-/.test(name ?? '')),
  ])
  const wanted = regions.flatMap((place) => [
    [`aws/${account}/${place}/aws_sqs_queue`, true, [`here-${place}`]],
    [`aws/${other}/${place}/aws_sqs_queue`, true, [`there-${place}`]],
  ])
  expect(found.sort()).toEqual(wanted.sort())
}, 60_000)
