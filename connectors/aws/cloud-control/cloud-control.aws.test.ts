import { afterAll, beforeAll, expect, test } from 'bun:test'
import { standInForCloudControl } from '../../../test/aws/cloud-control.ts'
import { FaultProxy } from '../../../test/estate/fault-proxy.ts'
import { Moto } from '../../../test/estate/moto.ts'
import { messages, recordingSink } from '../../../test/sources/recording-sink.ts'
import { openSource, scanAll } from '../../../test/sources/scan-all.ts'
import { aws } from '../connector.ts'

let moto: Moto
let proxy: FaultProxy
const services = Object.fromEntries(
  ['a', 'b', 'c'].map((name) => [
    `arn:aws:apprunner:eu-west-1:123456789012:service/${name}`,
    {
      ...{ ServiceName: name, ServiceArn: `arn:${name}`, Status: 'RUNNING', Cpu: '1 vCPU' },
      Network: { Urls: [{ Host: 'x', Path: '/' }] },
      Tags: [{ Key: 'team', Value: 'web' }],
    },
  ]),
)
const provider = { ClusterName: 'blue', Type: 'oidc', IdentityProviderConfigName: 'corp' }
beforeAll(async () => {
  moto = await Moto.start()
  proxy = await FaultProxy.start(moto.url)
  process.env.AWS_ENDPOINT_URL = proxy.url
  standInForCloudControl(proxy, {
    'AWS::AppRunner::Service': services,
    'AWS::EKS::Cluster': { blue: { Name: 'blue' }, green: { Name: 'green' } },
    'AWS::EKS::IdentityProviderConfig{"ClusterName":"blue"}': { 'blue|oidc|corp': provider },
    'AWS::AppFabric::AppBundle': { 'arn:b1': {}, 'arn:b2': {} },
    'AWS::AppFabric::Ingestion{"AppBundleArn":"arn:b1"}': { 'arn:b1|arn:i1': {} },
    'AWS::AppFabric::Ingestion{"AppBundleArn":"arn:b2"}': { 'arn:b2|arn:i2': {}, 'arn:b2|arn:i3': {} },
    'AWS::AppFabric::IngestionDestination{"AppBundleArn":"arn:b2","IngestionArn":"arn:i3"}': {
      'arn:b2|arn:i3|arn:d': { ProcessingConfiguration: 'json' },
    },
  })
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await moto[Symbol.asyncDispose]()
})

const options = (include: readonly string[], more: object = {}) => ({
  ...{ regions: ['eu-west-1'], types: { include: ['aws_sqs_queue'] }, cloud_control: { include } },
  ...more,
})

async function scansOf(include: readonly string[]) {
  const sink = recordingSink()
  await scanAll(openSource(aws, '', options(include)), sink, { concurrency: 4 })
  return new Map(sink.scans.map((scan) => [scan.scope.split('/')[3], scan]))
}

test('types without a row are read by Cloud Control, below each of their parents where AWS lists them so; those with one are not', async () => {
  proxy.set(null)
  const scans = await scansOf(['AWS::*'])
  expect([...scans.keys()].sort()).toEqual([
    'AWS::AppFabric::AppBundle',
    'AWS::AppFabric::Ingestion',
    'AWS::AppFabric::IngestionDestination',
    'AWS::AppRunner::Service',
    'AWS::CE::CostCategory',
    'AWS::EKS::IdentityProviderConfig',
    'aws_sqs_queue',
  ])
  expect([...scans.values()].map(({ outcome }) => outcome?.complete)).not.toContain(false)
  const found = scans.get('AWS::AppRunner::Service')?.resources ?? []
  expect(found.map(({ name }) => name).sort()).toEqual(['a', 'b', 'c'])
  // What AWS sets itself is never compared, and what lists say of a resource neither.
  expect(found[0]).toMatchObject({
    ...{ id: Object.keys(services)[0], type: 'AWS::AppRunner::Service', region: 'eu-west-1', tags: { team: 'web' } },
    configuration: { ServiceName: 'a', Cpu: '1 vCPU', Network: { Urls: [{ Path: '/' }] } },
    metadata: { ServiceArn: 'arn:a', Status: 'RUNNING' },
  })
  expect(found[0]?.configuration).not.toHaveProperty('Status')
  const configs = scans.get('AWS::EKS::IdentityProviderConfig')?.resources ?? []
  expect(configs).toMatchObject([{ id: 'blue|oidc|corp', configuration: provider }])
  const ingestions = scans.get('AWS::AppFabric::Ingestion')?.resources ?? []
  expect(ingestions.map(({ id }) => id).sort()).toEqual(['arn:b1|arn:i1', 'arn:b2|arn:i2', 'arn:b2|arn:i3'])
  expect(proxy.mutating).toEqual([])
})

test('a type that AWS lists below each resource of a type which it lists so too is read, also where neither of these is chosen', async () => {
  proxy.set(null)
  const scans = await scansOf(['AWS::AppFabric::IngestionDestination'])
  expect([...scans.keys()].sort()).toEqual(['AWS::AppFabric::IngestionDestination', 'aws_sqs_queue'])
  const scan = scans.get('AWS::AppFabric::IngestionDestination')
  expect(scan?.outcome?.complete).toBe(true)
  expect(scan?.resources).toMatchObject([
    { id: 'arn:b2|arn:i3|arn:d', configuration: { ProcessingConfiguration: 'json' } },
  ])
})

test('I5: where Cloud Control is denied its scopes are incomplete and name the permission; the others are read', async () => {
  proxy.set({ kind: 'denied', services: ['cloudcontrolapi'] })
  const scans = await scansOf(['AWS::AppRunner::*'])
  const failed = scans.get('AWS::AppRunner::Service')
  expect(failed?.outcome?.complete).toBe(false)
  expect(messages(failed?.outcome?.errors).join()).toContain('cloudformation:ListResources is denied')
  expect(scans.get('aws_sqs_queue')?.outcome?.complete).toBe(true)
})

test('where the types may not be listed, the source says so, and what has a row is watched', async () => {
  proxy.set({ kind: 'denied', services: ['cloudformation'] })
  const lists = openSource(aws, '', options(['AWS::AppRunner::*'])).targets(new AbortController().signal)
  const all = lists[Symbol.asyncIterator]()
  const first = await all.next()
  expect(first.value ?? []).toMatchObject([{ scope: 'aws/123456789012/eu-west-1/aws_sqs_queue' }])
  await expect(all.next()).rejects.toThrow('cloudformation:ListTypes is denied')
})

test('a doctor is told which of the chosen types can’t be listed, and why', async () => {
  proxy.set(null)
  const source = openSource(aws, '', options(['AWS::*'], { events: { lookup: false } }))
  const said: string[] = []
  for await (const { what, problem } of source.checks?.(new AbortController().signal) ?? [])
    said.push(`${what}${problem === null ? '' : ' failed'}`)
  expect(said).toContain('does not cover AWS::EKS::PodIdentityAssociation: AWS can not list it')
  expect(said).toContain(
    'does not cover AWS::DataZone::Environment: AWS lists it by DomainIdentifier, ProjectIdentifier alone',
  )
  expect(said.join()).not.toContain('failed')
})

test('a pattern of which there is no type is refused by name', async () => {
  proxy.set(null)
  const lists = openSource(aws, '', options(['AWS::AppRuner::*'])).targets(new AbortController().signal)
  const all = lists[Symbol.asyncIterator]()
  await all.next()
  await expect(all.next()).rejects.toThrow('Cloud Control has no type AWS::AppRuner::*')
})
