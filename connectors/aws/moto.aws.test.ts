import { afterAll, beforeAll, expect, test } from 'bun:test'
import { splitScope } from '../../model/scope.ts'
import { madeMore, makingMore } from '../../test/aws/more-things.ts'
import { edits, made, making, notOfStandIn } from '../../test/aws/things.ts'
import { FaultProxy } from '../../test/estate/fault-proxy.ts'
import { callAws, Moto } from '../../test/estate/moto.ts'
import { messages, recordingSink } from '../../test/sources/recording-sink.ts'
import { openSource, scanAll } from '../../test/sources/scan-all.ts'
import { aws } from './connector.ts'

// Until moto listens, and where it doesn't come up, nothing may leave this machine.
process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:9'
let moto: Moto
let proxy: FaultProxy
beforeAll(async () => {
  moto = await Moto.start()
  await callAws(moto.url, [...making, ...makingMore])
  proxy = await FaultProxy.start(moto.url)
  proxy.standIns.set('cloudtrail LookupEvents', () => ({ Events: [] }))
  process.env.AWS_ENDPOINT_URL = proxy.url
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await moto[Symbol.asyncDispose]()
})

const accountOfMoto = '123456789012'
const whole = { regions: ['eu-west-1'], types: { exclude: notOfStandIn } }
const open = (options: object = whole, where = '') => openSource(aws, where, { ...options })

async function scansOf(source = open()) {
  const sink = recordingSink()
  await scanAll(source, sink, { concurrency: 4 })
  return sink.scans
}

const allMade = { ...made, ...madeMore }
const namesByType = (scans: Awaited<ReturnType<typeof scansOf>>) => {
  const own = scans.flatMap(({ resources }) => resources).filter(({ metadata }) => metadata?.ambient === undefined)
  return Object.fromEntries(
    Object.keys(allMade).map((type) => [
      type,
      own
        .filter((one) => one.type === type)
        .map(({ name }) => name)
        .sort(),
    ]),
  )
}

test('I15: an account is read whole, each thing as the types that Terraform has for it, and nothing but reads is asked', async () => {
  proxy.set(null)
  const scans = await scansOf()
  expect(scans.flatMap(({ scope, outcome }) => messages(outcome?.errors).map((error) => `${scope} ${error}`))).toEqual(
    [],
  )
  expect(scans.every(({ outcome }) => outcome?.complete)).toBe(true)
  expect(namesByType(scans)).toEqual(allMade)
  expect(proxy.mutating).toEqual([])
  const all = scans.flatMap(({ resources }) => resources)
  expect(all.every(({ account, provider }) => account === accountOfMoto && provider === 'aws')).toBe(true)
  // Its rules, one that AWS adds itself, and the rule that was made.
  const rules = all.filter(({ type }) => type === 'aws_vpc_security_group_ingress_rule')
  expect(rules.map(({ configuration }) => [configuration?.FromPort, configuration?.CidrIpv4])).toEqual([
    [443, '10.0.0.0/8'],
  ])
})

test('one listing feeds nine types of IAM, and is asked once', async () => {
  proxy.set(null)
  const scans = await scansOf(open({ regions: ['eu-west-1'], types: { include: ['aws_iam_*'] } }))
  expect(scans.length).toBeGreaterThanOrEqual(10)
  const asked = proxy.calls.map(({ operation }) => operation)
  expect(asked.filter((operation) => operation === 'GetAccountAuthorizationDetails')).toHaveLength(1)
})

test('each edit by hand shows at the resource that has it', async () => {
  proxy.set(null)
  for (const { call, type, name, says } of edits) {
    await callAws(moto.url, [call])
    const scans = await scansOf(open({ regions: ['eu-west-1'], types: { include: [type] } }))
    const found = scans.flatMap(({ resources }) => resources).find((resource) => resource.name === name)
    expect(JSON.stringify(found)).toContain(says)
  }
})

test('I5: where a service is denied its scopes are incomplete, name the permission, and the others are read', async () => {
  proxy.set({ kind: 'denied', services: ['sqs', 'iam'] })
  const scans = await scansOf()
  const [denied, rest] = [/aws_(?:sqs|iam)_/, /aws_(?:s3|vpc|sub|sec|lb)/].map((pattern) =>
    scans.filter(({ scope }) => pattern.test(scope)),
  )
  expect(denied?.map(({ outcome }) => outcome?.complete)).not.toContain(true)
  expect(rest?.map(({ outcome }) => outcome?.complete)).not.toContain(false)
  const queues = denied?.find(({ scope }) => splitScope(scope).collection === 'aws_sqs_queue')
  expect(JSON.stringify(queues?.outcome?.errors)).toContain('Allow sqs:ListQueues')
})

test.each(['html', 'error_500', 'expired', 'cut'] as const)(
  'I5: %s in the place of answers deletes nothing',
  async (kind) => {
    proxy.set({ kind, services: ['sqs', 's3', 'ec2', 'elasticloadbalancing', 'iam'] })
    const scans = await scansOf(
      open({
        regions: ['eu-west-1'],
        types: { include: ['aws_sqs_queue', 'aws_s3_bucket', 'aws_vpc', 'aws_lb', 'aws_iam_role'] },
      }),
    )
    expect(scans).toHaveLength(5)
    for (const { scope, outcome } of scans) expect([scope, outcome?.complete]).toEqual([scope, false])
  },
)

test('a role in another account is assumed, and its account is a set of scopes of its own', async () => {
  proxy.set(null)
  const role = 'arn:aws:iam::222222222222:role/vaino'
  const options = { regions: ['eu-west-1'], accounts: [role], types: { include: ['aws_sqs_queue', 'aws_iam_user'] } }
  const scans = await scansOf(open(options))
  expect(scans.map(({ scope }): string => scope).sort()).toEqual([
    'aws/123456789012/-/aws_iam_user',
    'aws/123456789012/eu-west-1/aws_sqs_queue',
    'aws/222222222222/-/aws_iam_user',
    'aws/222222222222/eu-west-1/aws_sqs_queue',
  ])
  const foreign = scans.filter(({ scope }) => scope.startsWith('aws/222222222222/'))
  expect(foreign.flatMap(({ resources }) => resources)).toEqual([])
  expect(foreign.every(({ outcome }) => outcome?.complete)).toBe(true)
})

test('without `regions` every enabled region has its scopes', async () => {
  proxy.set(null)
  const source = open({ types: { include: ['aws_sqs_queue'] } })
  const regions: (string | null)[] = []
  for await (const list of source.targets(new AbortController().signal))
    regions.push(...list.map(({ scope }) => splitScope(scope).location))
  expect(regions).toContain('us-east-1')
  expect(regions).toContain('ap-southeast-2')
})

test('I5: an account whose role can’t be assumed says so at its own scopes, and the others are read', async () => {
  proxy.set({ kind: 'denied', services: ['sts'], operations: ['AssumeRole'] })
  const accounts = ['arn:aws:iam::222222222222:role/vaino']
  const scans = await scansOf(open({ regions: ['eu-west-1'], accounts, types: { include: ['aws_sqs_queue'] } }))
  expect(scans.map(({ scope, outcome }): unknown => [scope, outcome?.complete])).toEqual([
    ['aws/123456789012/eu-west-1/aws_sqs_queue', true],
    ['aws/222222222222/eu-west-1/aws_sqs_queue', false],
  ])
  expect(messages(scans[1]?.outcome?.errors).join()).toContain('arn:aws:iam::222222222222:role/vaino')
})

test('a doctor is told who vaino is there, and each permission that it lacks', async () => {
  proxy.set({ kind: 'denied', services: ['sqs', 'cloudtrail'] })
  const source = open({ regions: ['eu-west-1'], types: { include: ['aws_sqs_*', 'aws_iam_*'] } })
  const found: unknown[] = []
  for await (const { what, problem } of source.checks?.(new AbortController().signal) ?? [])
    found.push(problem === null ? what : typeof problem === 'string' ? problem : problem.hint)
  expect(found).toEqual([
    expect.stringMatching(/^is arn:aws:.* in account 123456789012$/),
    'Allow sqs:ListQueues in the policy of the role or user that vaino has.',
    'Allow cloudtrail:LookupEvents in the policy of the role or user that vaino has.',
  ])
})
