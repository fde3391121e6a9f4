import { afterAll, beforeAll, expect, test } from 'bun:test'
import { openFollower } from '../../api/test-follower.ts'
import { until } from '../../api/test-server.ts'
import type { ScanError } from '../../model/record.ts'
import type { Resource } from '../../model/resource.ts'
import { splitScope } from '../../model/scope.ts'
import { makingMore } from '../../test/aws/more-things.ts'
import { making } from '../../test/aws/things.ts'
import { FaultProxy } from '../../test/estate/fault-proxy.ts'
import { type AwsCall, callAws, Moto } from '../../test/estate/moto.ts'
import { ServerProcess } from '../../test/server-process.ts'
import { messages, recordingSink } from '../../test/sources/recording-sink.ts'
import { openSource, scanAll } from '../../test/sources/scan-all.ts'
import { aws } from './connector.ts'
import { rowOf, rows } from './table/table.ts'

const region = 'eu-west-1'
/** Types that the other things that are made don't have. */
const more: readonly AwsCall[] = [
  { service: 'sns', region, method: 'create_topic', arguments: { Name: 'news' } },
  { service: 'logs', region, method: 'create_log_group', arguments: { logGroupName: '/app/web' } },
  { service: 'logs', region, method: 'create_log_group', arguments: { logGroupName: '/app/web-2' } },
  { service: 'ssm', region, method: 'put_parameter', arguments: { Name: '/app/size', Value: '3', Type: 'String' } },
  { service: 'kms', region, method: 'create_key', arguments: {} },
  {
    ...{ service: 'dynamodb', region, method: 'create_table' },
    arguments: {
      ...{ TableName: 'orders', BillingMode: 'PAY_PER_REQUEST' },
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    },
  },
  { service: 'ec2', region, method: 'create_volume', arguments: { AvailabilityZone: `${region}a`, Size: 8 } },
  {
    ...{ service: 'cloudwatch', region, method: 'put_metric_alarm' },
    arguments: {
      ...{ AlarmName: 'busy', MetricName: 'CPUUtilization', Namespace: 'AWS/EC2', Statistic: 'Average' },
      ...{ ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 2, Period: 300, Threshold: 80 },
    },
  },
]

/** Types of which the stand-in answers with all that it has, or with its own. */
const notOfStandIn = ['aws_ami', 'aws_ebs_snapshot', 'aws_db_option_group']

process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:9'
let moto: Moto
let proxy: FaultProxy
beforeAll(async () => {
  moto = await Moto.start()
  const beside = makingMore.filter(({ service }) => ['rds', 'autoscaling', 'ec2'].includes(service))
  await callAws(moto.url, [...making, ...beside, ...more])
  proxy = await FaultProxy.start(moto.url)
  process.env.AWS_ENDPOINT_URL = proxy.url
}, 240_000)
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await moto[Symbol.asyncDispose]()
})

const alone = rows.filter(({ one, type }) => one !== undefined && !notOfStandIn.includes(type)).map(({ type }) => type)

const unexpected = (): never => {
  throw new Error('nobody expects this')
}
/** What is compared of a resource. */
const compared = ({ metadata: _, ...rest }: Resource) => rest

test('each thing that is read alone is what its listing shows, by no call of the whole listing', async () => {
  const source = openSource(aws, '', { regions: [region], types: { include: alone } })
  const sink = recordingSink()
  await scanAll(source, sink, { concurrency: 4 })
  const unlike: string[] = []
  const read = new Set<string>()
  for (const { scope, resources, outcome } of sink.scans) {
    expect(messages(outcome?.errors)).toEqual([])
    const found: Resource[] = []
    const missed: ScanError[] = []
    const absent: string[] = []
    const type = splitScope(scope).collection
    // The stand-in says of an ACL that it doesn't have that it has no such route table.
    const absentIds = type === 'aws_network_acl' ? [] : [absentId(type)]
    const ids = new Set([...resources.map(({ id }) => id), ...absentIds])
    const out = {
      ...{
        observe: async (one: Resource) => void found.push(one),
        missed: (error: ScanError) => void missed.push(error),
      },
      ...{ gone: async () => undefined, absent: (id: string) => void absent.push(id), other: unexpected },
    }
    await source.reread?.({ scope }, ids, out, new AbortController().signal)
    const [is, was] = [found, resources].map((all) => all.map(compared).sort((a, b) => (a.id < b.id ? -1 : 1)))
    const isLike = JSON.stringify(is) === JSON.stringify(was) && messages(missed).length === 0
    if (!isLike || absent.join() !== absentIds.join())
      unlike.push(`${scope}: ${JSON.stringify({ absent, missed, is, was })}`)
    if (resources.length > 0) read.add(type)
  }
  expect(unlike).toEqual([])
  expect(read.size).toBeGreaterThan(20)
  expect(proxy.mutating).toEqual([])
}, 240_000)

test('a rule that goes out and a database in a cluster are there as another type, when they are asked for as rules that come in and as databases alone', async () => {
  const types = [
    'aws_vpc_security_group_ingress_rule',
    'aws_vpc_security_group_egress_rule',
    'aws_rds_cluster_instance',
  ]
  const source = openSource(aws, '', { regions: [region], types: { include: [...types, 'aws_db_instance'] } })
  const sink = recordingSink()
  await scanAll(source, sink, { concurrency: 4 })
  const idsOf = (type: string) =>
    sink.scans
      .filter(({ scope }) => scope.endsWith(`/${type}`))
      .flatMap(({ resources }) => resources.map(({ id }) => id))
  for (const [asked, is] of [
    ['aws_vpc_security_group_ingress_rule', 'aws_vpc_security_group_egress_rule'],
    ['aws_vpc_security_group_egress_rule', 'aws_vpc_security_group_ingress_rule'],
    ['aws_rds_cluster_instance', 'aws_db_instance'],
  ] as const) {
    // A database alone is known by another id than by its name, by which it is asked for here.
    const ids = is === 'aws_db_instance' ? ['orders'] : idsOf(is)
    expect(ids.length).toBeGreaterThan(0)
    const other: string[] = []
    const out = { observe: unexpected, missed: unexpected, gone: unexpected, absent: unexpected }
    const scope = sink.scans.find((scan) => scan.scope.endsWith(`/${asked}`))?.scope
    if (scope === undefined) throw new Error(`there is no scope of ${asked}`)
    await source.reread?.(
      { scope },
      new Set(ids),
      { ...out, other: (id) => void other.push(id) },
      new AbortController().signal,
    )
    expect(other.sort()).toEqual(ids.toSorted())
  }
}, 120_000)

test('an event leads to the calls for the thing that it names alone, and a delete is one where AWS doesn’t find it', async () => {
  const sqs = (method: string, given: object): AwsCall => ({ service: 'sqs', region, method, arguments: given })
  const url = (name: string) => `${proxy.url}/123456789012/${name}`
  const recorded = (eventName: string, name: string, more: object = {}) =>
    sqs('send_message', {
      QueueUrl: url('vaino-events'),
      MessageBody: JSON.stringify({
        'detail-type': 'AWS API Call via CloudTrail',
        detail: {
          ...{ eventID: `${eventName}-${name}`, eventName, eventSource: 'sqs.amazonaws.com' },
          ...{ eventTime: new Date().toISOString(), awsRegion: region, recipientAccountId: '123456789012' },
          ...{ readOnly: false, userIdentity: { type: 'IAMUser', arn: 'alice' }, ...more },
          requestParameters: { queueUrl: url(name) },
        },
      }),
    })
  await callAws(moto.url, [sqs('create_queue', { QueueName: 'vaino-events' })])
  const watched = { regions: [region], types: { include: ['aws_sqs_queue'] }, events: { queue: url('vaino-events') } }
  await using server = new ServerProcess({ sources: [{ kind: 'aws', where: '', interval: '1h', ...watched }] })
  await server.start()
  await using stream = await openFollower(`${server.url}/v1/changes?live=sse&offset=-1`)
  await until('the queues were seen', () => stream.changes.length === 3, 90_000)
  proxy.set(null)
  const later = () =>
    stream.changes
      .slice(3)
      .map(({ op, resource, actor }) => [op, resource.name, JSON.stringify(actor).includes('alice')])
  await callAws(moto.url, [
    sqs('set_queue_attributes', { QueueUrl: url('orders'), Attributes: { VisibilityTimeout: '77' } }),
    recorded('SetQueueAttributes', 'orders'),
  ])
  await until('the edit was seen', () => later().length === 1, 60_000)
  await callAws(moto.url, [
    // It says that it was deleted, and it wasn't.
    recorded('DeleteQueue', 'orders'),
    sqs('delete_queue', { QueueUrl: url('mails') }),
    recorded('DeleteQueue', 'mails'),
  ])
  await until('the delete was seen', () => later().length === 2, 60_000)
  expect(later()).toEqual([
    ['u', 'orders', true],
    ['d', 'mails', true],
  ])
  const asked = proxy.calls.map(({ operation }) => operation)
  expect(asked).toContain('GetQueueAttributes')
  expect(asked).not.toContain('ListQueues')
}, 240_000)

/** An id of the type's form that nothing has. */
function absentId(type: string): string {
  const id = rowOf(type)?.id
  const arns: Readonly<Record<string, string>> = {
    aws_sqs_queue: `${moto.url}/123456789012/none`,
    aws_sqs_queue_policy: `${moto.url}/123456789012/none`,
    aws_sns_topic: `arn:aws:sns:${region}:123456789012:none`,
    aws_sns_topic_policy: `arn:aws:sns:${region}:123456789012:none`,
    aws_lb: `arn:aws:elasticloadbalancing:${region}:123456789012:loadbalancer/app/none/50dc6c495c0c9188`,
    aws_lb_target_group: `arn:aws:elasticloadbalancing:${region}:123456789012:targetgroup/none/50dc6c495c0c9188`,
    aws_iam_openid_connect_provider: 'arn:aws:iam::123456789012:oidc-provider/none',
    aws_kms_key: '1234abcd-12ab-34cd-56ef-1234567890ab',
    aws_db_instance: 'db-NONE',
  }
  const prefix = typeof id === 'string' ? prefixes[id] : undefined
  return arns[type] ?? (prefix === undefined ? 'none' : `${prefix}-0123456789abcdef0`)
}

const prefixes: Readonly<Record<string, string>> = {
  ...{ '{VpcId}': 'vpc', '{SubnetId}': 'subnet', '{GroupId}': 'sg', '{SecurityGroupRuleId}': 'sgr' },
  ...{ '{InternetGatewayId}': 'igw', '{NetworkAclId}': 'acl', '{RouteTableId}': 'rtb', '{AllocationId}': 'eipalloc' },
  ...{ '{NatGatewayId}': 'nat', '{DhcpOptionsId}': 'dopt', '{PrefixListId}': 'pl', '{InstanceId}': 'i' },
  ...{ '{VolumeId}': 'vol', '{NetworkInterfaceId}': 'eni', '{LaunchTemplateId}': 'lt', '{VpcEndpointId}': 'vpce' },
  ...{ '{VpcPeeringConnectionId}': 'pcx', '{TransitGatewayId}': 'tgw', '{FlowLogId}': 'fl' },
}
