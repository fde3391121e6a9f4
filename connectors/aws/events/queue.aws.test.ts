import { afterAll, beforeAll, expect, test } from 'bun:test'
import { openFollower } from '../../../api/test-follower.ts'
import { until } from '../../../api/test-server.ts'
import { type AwsCall, callAws, Moto } from '../../../test/estate/moto.ts'
import { ServerProcess } from '../../../test/server-process.ts'

const [account, region] = ['123456789012', 'eu-west-1']
const call =
  (service: string) =>
  (method: string, given: object): AwsCall => ({ service, region, method, arguments: given })
const [sqs, events, ec2] = [call('sqs'), call('events'), call('ec2')]

/** What examples/aws-events makes. */
const pattern = {
  'detail-type': ['AWS API Call via CloudTrail'],
  detail: { readOnly: [false], errorCode: [{ exists: false }] },
}
const delivery: readonly AwsCall[] = [
  sqs('create_queue', { QueueName: 'vaino-events-dead' }),
  sqs('create_queue', {
    QueueName: 'vaino-events',
    Attributes: {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: `arn:aws:sqs:${region}:${account}:vaino-events-dead`,
        maxReceiveCount: 5,
      }),
    },
  }),
  events('put_rule', { Name: 'changes', EventPattern: JSON.stringify(pattern) }),
  events('put_targets', {
    Rule: 'changes',
    Targets: [{ Id: 'queue', Arn: `arn:aws:sqs:${region}:${account}:vaino-events` }],
  }),
]

/** CloudTrail's part, which moto doesn't play: it says that a call was made. */
const recorded = (id: string, eventName: string, more: object): AwsCall =>
  events('put_events', {
    Entries: [
      {
        Source: 'aws.ec2',
        DetailType: 'AWS API Call via CloudTrail',
        Detail: JSON.stringify({
          ...{ eventID: id, eventName, eventSource: 'ec2.amazonaws.com', eventTime: new Date().toISOString() },
          ...{ awsRegion: region, recipientAccountId: account, readOnly: false },
          userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::${account}:user/alice`, accountId: account },
          userAgent: 'console.ec2.amazonaws.com',
          ...more,
        }),
      },
    ],
  })

let moto: Moto
beforeAll(async () => {
  moto = await Moto.start()
  process.env.AWS_ENDPOINT_URL = moto.url
  const group = ec2('create_security_group', { GroupName: 'web', Description: 'web servers' })
  const letter = { QueueUrl: `${moto.url}/${account}/vaino-events-dead`, MessageBody: '{}' }
  await callAws(moto.url, [...delivery, group, sqs('send_message', letter)])
}, 60_000)
afterAll(() => moto[Symbol.asyncDispose]())

test('an edit that CloudTrail has recorded is a change within seconds, by whom, though the interval is an hour', async () => {
  await using server = new ServerProcess({
    sources: [
      {
        ...{ kind: 'aws', where: '', interval: '1h', regions: [region], types: { include: ['aws_security_group'] } },
        events: { queue: `${moto.url}/${account}/vaino-events` },
      },
    ],
  })
  await server.start()
  // Moto loads each service with its first call, which takes seconds of a busy machine.
  const hasScanned = async () => (await (await fetch(`${server.url}/v1/resources`)).text()).includes('"name":"web"')
  await until('the first scan has seen the group', hasScanned, 60_000)
  await using stream = await openFollower(`${server.url}/v1/changes?live=sse&offset=-1`)
  const group = () => stream.changes.find(({ resource }) => resource.name === 'web')
  await stream.until('the group was seen', () => group() !== undefined)
  const id = group()?.resource.id ?? ''

  const tags = [{ Key: 'team', Value: 'shop' }]
  const tagged = { requestParameters: { resourcesSet: { items: [{ resourceId: id }] }, tagSet: { items: tags } } }
  await callAws(moto.url, [
    ec2('create_tags', { Resources: [id], Tags: tags }),
    recorded('refused', 'DeleteSecurityGroup', { requestParameters: { groupId: id }, errorCode: 'AccessDenied' }),
    recorded('tagged', 'CreateTags', tagged),
  ])
  await stream.until('the tag was seen', () => stream.changes.some(({ op }) => op === 'u'))
  const change = stream.changes.find(({ op }) => op === 'u')
  expect(change?.fields).toMatchObject([{ path: 'tags.team', op: 'add', after: 'shop' }])
  expect(change).toMatchObject({
    resource: { id },
    actor: { type: 'IAMUser', arn: `arn:aws:iam::${account}:user/alice`, user_agent: 'console.ec2.amazonaws.com' },
  })
  expect(Date.parse(change?.occurred_at ?? '')).toBeLessThanOrEqual(Date.parse(change?.recorded_at ?? ''))

  await callAws(moto.url, [
    ec2('delete_security_group', { GroupId: id }),
    recorded('deleted', 'DeleteSecurityGroup', { requestParameters: { groupId: id } }),
  ])
  await stream.until('the delete was seen', () => stream.changes.some(({ op }) => op === 'd'))
  expect(stream.changes.find(({ op }) => op === 'd')?.resource.id).toBe(id)

  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  expect(metrics).toContain('vaino_source_messages_total{outcome="taken"} 2')
  // What waits is asked once a minute; one message has been put among the dead letters.
  expect(metrics).toContain('vaino_source_feed_messages{source="aws"} 0')
  expect(metrics).toContain('vaino_source_feed_dead_letters{source="aws"} 1')
  expect(metrics).toMatch(/vaino_source_feed_lag_seconds\{source="aws"\} \d/)
  expect(metrics).toMatch(/vaino_source_calls_total\{api="aws ec2"\} [1-9]/)
  expect(metrics).toContain('vaino_source_calls_limit{api="aws ec2"} 20')
  expect(await server.stop()).toBe(0)
}, 90_000)

test('a queue that is not there fails the feed, is named, and the scans go on', async () => {
  await using server = new ServerProcess({
    sources: [
      {
        ...{ kind: 'aws', where: '', interval: '1h', regions: [region], types: { include: ['aws_security_group'] } },
        events: { queue: `${moto.url}/${account}/no-such-queue` },
      },
    ],
  })
  await server.start()
  await using stream = await openFollower(`${server.url}/v1/changes?live=sse&offset=-1`)
  await stream.until('the groups were seen', () => stream.changes.length > 0)
  const failure = () => server.stderr.split('\n').find((line) => line.includes('"event":"source_failed"'))
  await stream.until('the failure was said', () => failure() !== undefined)
  expect(failure()).toContain('no-such-queue')
}, 60_000)
