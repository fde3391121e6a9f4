import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { until } from '../../api/test-server.ts'
import type { JudgedItem } from '../../pipeline/drift/judged-item.ts'
import { making } from '../../test/aws/things.ts'
import { awsVariables } from '../../test/estate/estate.ts'
import { type AwsCall, callAws, Moto } from '../../test/estate/moto.ts'
import { runCli, ServerProcess } from '../../test/server-process.ts'

const [account, other] = ['123456789012', '222222222222']
const regions = ['eu-west-1', 'us-east-1', 'eu-central-1']

const queueIn = (region: string, QueueName: string): AwsCall => ({
  ...{ service: 'sqs', region, method: 'create_queue', arguments: { QueueName } },
})

/** What examples/aws-events makes, without its pattern for refused calls. */
const delivery: readonly AwsCall[] = [
  queueIn('eu-west-1', 'vaino-events'),
  {
    ...{ service: 'events', region: 'eu-west-1', method: 'put_rule' },
    arguments: { Name: 'changes', EventPattern: JSON.stringify({ 'detail-type': ['AWS API Call via CloudTrail'] }) },
  },
  {
    ...{ service: 'events', region: 'eu-west-1', method: 'put_targets' },
    arguments: {
      Rule: 'changes',
      Targets: [{ Id: 'queue', Arn: `arn:aws:sqs:eu-west-1:${account}:vaino-events` }],
    },
  },
]

/** CloudTrail's part, which moto doesn't play. */
const recorded = (eventName: string, more: object): AwsCall => ({
  ...{ service: 'events', region: 'eu-west-1', method: 'put_events' },
  arguments: {
    Entries: [
      {
        Source: 'aws.sqs',
        DetailType: 'AWS API Call via CloudTrail',
        Detail: JSON.stringify({
          ...{
            eventID: `e-${eventName}`,
            eventName,
            eventSource: 'sqs.amazonaws.com',
            eventTime: new Date().toISOString(),
          },
          ...{ awsRegion: 'eu-west-1', recipientAccountId: account, readOnly: false },
          userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::${account}:user/alice`, accountId: account },
          userAgent: 'console.amazonaws.com',
          ...more,
        }),
      },
    ],
  },
})

let moto: Moto
beforeAll(async () => {
  moto = await Moto.start()
  Object.assign(process.env, awsVariables(moto.url), { AWS_DEFAULT_REGION: 'eu-west-1' })
  const more = [queueIn('us-east-1', 'orders'), queueIn('us-east-1', 'jobs'), queueIn('eu-central-1', 'orders')]
  await callAws(moto.url, [...making, ...delivery, ...more])
}, 120_000)
afterAll(() => moto[Symbol.asyncDispose]())

const urlOf = (name: string, of = account): string => `${moto.url}/${of}/${name}`

const instance = (type: string, name: string, attributes: object, alias = '') => ({
  ...{ mode: 'managed', type, name, provider: `provider["registry.terraform.io/hashicorp/aws"]${alias}` },
  instances: [{ schema_version: 0, attributes }],
})
/** A provider of Terraform's is of one account. */
const queue = (name: string, id: string, region: string, of = account) => {
  const attributes = { id: urlOf(id, of), arn: `arn:aws:sqs:${region}:${of}:${id}`, name: id }
  return instance('aws_sqs_queue', name, attributes, of === account ? '' : '.other')
}

/** A state of some of it: two queues are not there any more, and one of those is of another account. */
const stateOf = (more: object[] = []) =>
  JSON.stringify({
    ...{ version: 4, terraform_version: '1.9.5', serial: 1 + more.length, lineage: 'a', outputs: {} },
    resources: [
      queue('orders', 'orders', 'eu-west-1'),
      queue('east', 'orders', 'us-east-1'),
      queue('lost', 'lost', 'eu-west-1'),
      queue('elsewhere', 'mails', 'eu-west-1', other),
      instance('aws_s3_bucket', 'data', { id: 'data', bucket: 'data', arn: 'arn:aws:s3:::data', region: 'eu-west-1' }),
      instance('aws_s3_bucket', 'gone', { id: 'gone', bucket: 'gone', arn: 'arn:aws:s3:::gone', region: 'eu-west-1' }),
      instance('aws_iam_role', 'app', { id: 'app', name: 'app', arn: `arn:aws:iam::${account}:role/app` }),
      instance('aws_security_group', 'web', {
        id: 'sg-none',
        name: 'web',
        arn: `arn:aws:ec2:eu-west-1:${account}:security-group/sg-none`,
      }),
      ...more,
    ],
    check_results: null,
  })

const types = {
  include: [
    'aws_sqs_queue',
    'aws_s3_bucket',
    'aws_iam_*',
    'aws_vpc',
    'aws_subnet',
    'aws_route*',
    'aws_network_acl*',
    'aws_security_group',
    'aws_vpc_*',
    'aws_internet_gateway',
  ],
}

test('what no state has and what is gone are found in two accounts and three regions, with who and when; defaults are silent', async () => {
  await using server = new ServerProcess({
    sources: [
      { kind: 'terraform', where: './infra' },
      {
        ...{ kind: 'aws', where: '', interval: '10s', regions, types, accounts: [`arn:aws:iam::${other}:role/vaino`] },
        events: { queue: urlOf('vaino-events') },
      },
    ],
  })
  const folder = path.join(server.folder, 'infra')
  mkdirSync(folder)
  writeFileSync(path.join(folder, 'terraform.tfstate'), stateOf())
  await server.start()
  const drift = async (query: string) => {
    const answer = await fetch(`${server.url}/v1/drift?limit=1000&${query}`)
    return ((await answer.json()) as { drift: JudgedItem[] }).drift
  }
  const named = (items: readonly JudgedItem[]) =>
    items.map(({ region, type, address, name }) => [region, type, name ?? address].join(' ')).sort()
  const strangers = [
    'null aws_iam_group ops',
    'null aws_iam_policy own',
    'null aws_iam_role_policy inline',
    'null aws_iam_role_policy_attachment app',
    'null aws_iam_user bob',
    'eu-central-1 aws_sqs_queue orders',
    'eu-west-1 aws_s3_bucket logs',
    'eu-west-1 aws_security_group web',
    'eu-west-1 aws_sqs_queue mails',
    'eu-west-1 aws_sqs_queue vaino-events',
    'us-east-1 aws_sqs_queue jobs',
  ].map((text) => text.replace('null', ''))
  let unmanaged: readonly JudgedItem[] = []
  await until(
    'the strangers are told',
    async () => {
      unmanaged = await drift('status=unmanaged')
      return unmanaged.filter(({ group }) => group === null).length >= strangers.length
    },
    150_000,
  )
  // A rule of an unmanaged group is one with it.
  const alone = unmanaged.filter(({ group }) => group === null)
  expect(named(alone)).toEqual([...strangers].sort())
  expect(
    unmanaged
      .filter(({ group }) => group !== null)
      .map(({ type }) => type)
      .sort(),
  ).toEqual(['aws_vpc_security_group_egress_rule', 'aws_vpc_security_group_ingress_rule'])
  let missing: readonly JudgedItem[] = []
  const isGone = async () => {
    missing = await drift('status=missing')
    return missing.length >= 4
  }
  await until('what is gone is told', isGone, 60_000)
  expect(missing.map(({ address }) => address).sort()).toEqual([
    'aws_s3_bucket.gone',
    'aws_security_group.web',
    'aws_sqs_queue.elsewhere',
    'aws_sqs_queue.lost',
  ])
  expect(missing.find(({ address }) => address === 'aws_sqs_queue.elsewhere')).toMatchObject({ account: other })

  // Somebody makes one and deletes one, and CloudTrail says who.
  const remove: AwsCall = {
    service: 'sqs',
    region: 'eu-west-1',
    method: 'delete_queue',
    arguments: { QueueUrl: urlOf('orders') },
  }
  await callAws(moto.url, [
    queueIn('eu-west-1', 'byhand'),
    recorded('CreateQueue', {
      requestParameters: { queueName: 'byhand' },
      responseElements: { queueUrl: urlOf('byhand') },
    }),
    remove,
    recorded('DeleteQueue', { requestParameters: { queueUrl: urlOf('orders') } }),
  ])
  const byAlice = { actor: { arn: `arn:aws:iam::${account}:user/alice` }, occurred_at: expect.any(String) }
  const of = async (status: string, name: string) =>
    (await drift(`status=${status}`)).find((item) => item.name === name)
  await until('who made it is told', async () => (await of('unmanaged', 'byhand'))?.actor != null, 30_000)
  expect(await of('unmanaged', 'byhand')).toMatchObject(byAlice)
  // Of what a list lacks it is said a minute later.
  await until('who deleted it is told', async () => (await of('missing', 'orders'))?.actor != null, 150_000)
  expect(await of('missing', 'orders')).toMatchObject(byAlice)
  const { stdout } = await runCli(['drift', '--server', server.url])
  expect(stdout).toMatch(
    new RegExp(`\\+ ${urlOf('byhand')} {2}aws_sqs_queue .*\\n +by arn:aws:iam::${account}:user/alice, 20`),
  )
  expect(stdout).toMatch(/- aws_sqs_queue\.orders .*\n.*\n +by arn:aws:iam::/)
  // The state takes it in.
  writeFileSync(path.join(folder, 'terraform.tfstate'), stateOf([queue('byhand', 'byhand', 'eu-west-1')]))
  await until('it is managed', async () => (await of('unmanaged', 'byhand')) === undefined, 30_000)
  expect(await server.stop()).toBe(0)

  // Without a server the same is found, but for who and when.
  const file = path.join(server.folder, 'once.yaml')
  const roles = [`arn:aws:iam::${other}:role/vaino`]
  const sources = [
    { kind: 'terraform', where: './infra' },
    { kind: 'aws', where: '', regions, types, accounts: roles },
  ]
  writeFileSync(file, JSON.stringify({ sources }))
  const once = await runCli(['drift', '--config', file, '-o', 'json'], server.folder)
  const { drift: found, coverage } = JSON.parse(once.stdout) as { drift: JudgedItem[]; coverage: object }
  const onceOf = (status: string) => found.filter((item) => item.status === status)
  expect(named(onceOf('unmanaged').filter(({ group }) => group === null))).toEqual([...strangers].sort())
  expect(named(onceOf('missing'))).toEqual([
    'eu-west-1 aws_s3_bucket gone',
    'eu-west-1 aws_security_group web',
    'eu-west-1 aws_sqs_queue lost',
    'eu-west-1 aws_sqs_queue mails',
    'eu-west-1 aws_sqs_queue orders',
  ])
  expect(coverage).toMatchObject({ managed: 9, missing: 5, unknown: 4, exists: 4, unmanaged: strangers.length + 2 })
  expect(once.code).toBe(1)
}, 500_000)
