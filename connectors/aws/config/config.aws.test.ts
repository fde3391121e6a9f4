import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import type { JsonObject } from '../../../model/json.ts'
import type { Scope } from '../../../model/scope.ts'
import type { ScopeCondition } from '../../../model/status.ts'
import { standInForCloudControl } from '../../../test/aws/cloud-control.ts'
import { FaultProxy } from '../../../test/estate/fault-proxy.ts'
import { callAws, Moto } from '../../../test/estate/moto.ts'
import { messages, recordingSink } from '../../../test/sources/recording-sink.ts'
import { openSource, scanAll } from '../../../test/sources/scan-all.ts'
import type { Target } from '../../source.ts'
import { aws } from '../connector.ts'

const region = 'eu-west-1'
const block = 'AWS::S3::AccountPublicAccessBlock'
const blockScope = `aws/123456789012/${region}/${block}`
const call = (service: string, method: string, given: object) => ({ service, region, method, arguments: given })

let moto: Moto
let isRecording = true
let proxy: FaultProxy

/** moto knows recorders and lists; what has been discovered it doesn't say, and its times of a configuration are no numbers. */
beforeAll(async () => {
  moto = await Moto.start()
  proxy = await FaultProxy.start(moto.url)
  process.env.AWS_ENDPOINT_URL = proxy.url
  // moto's own recorders stay `PENDING`, by which vaino means that nothing is recorded yet. These have recorded something.
  proxy.standIns.set('config DescribeConfigurationRecorderStatus', () => ({
    ConfigurationRecordersStatus: [{ name: 'default', recording: isRecording, lastStatus: 'SUCCESS' }],
  }))
  standInForCloudControl(proxy, { 'AWS::AppRunner::Service': {} })
  proxy.standIns.set('config GetDiscoveredResourceCounts', ({ nextToken }) =>
    nextToken === undefined
      ? {
          resourceCounts: [block, 'AWS::S3::Bucket'].map((resourceType) => ({ resourceType, count: 1 })),
          nextToken: 'b',
        }
      : { resourceCounts: ['AWS::AppRunner::Service', 'AWS::DMS::Endpoint'].map((resourceType) => ({ resourceType })) },
  )
  await blockPublicAccess()
  await callAws(moto.url, [
    call('s3', 'create_bucket', { Bucket: 'log', CreateBucketConfiguration: { LocationConstraint: region } }),
    call('config', 'put_configuration_recorder', recorder({ resourceTypes: [block, 'AWS::S3::Bucket'] })),
    call('config', 'put_delivery_channel', { DeliveryChannel: { name: 'd', s3BucketName: 'log' } }),
  ])
})
beforeEach(async () => {
  proxy.set(null)
  proxy.standIns.set('config BatchGetResourceConfig', recorded)
  isRecording = true
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await moto[Symbol.asyncDispose]()
})

/** boto3 would put the account before the host's name, which is an address here. */
async function blockPublicAccess(): Promise<void> {
  const answer = await fetch(`${moto.url}/v20180820/configuration/publicAccessBlock`, {
    method: 'PUT',
    headers: {
      'x-amz-account-id': '123456789012',
      authorization: `AWS4-HMAC-SHA256 Credential=x/20261130/${region}/s3/aws4_request, SignedHeaders=host, Signature=x`,
    },
    body: '<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls></PublicAccessBlockConfiguration>',
  })
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
}

const recorder = (recordingGroup: object) => ({
  ConfigurationRecorder: { name: 'default', roleARN: 'arn:aws:iam::123456789012:role/config', recordingGroup },
})

/** After the published shape: what was recorded is JSON as text. */
const recorded = ({ resourceKeys }: JsonObject) => ({
  baseConfigurationItems: (resourceKeys as { resourceId: string }[]).map(({ resourceId }) => ({
    ...{ version: '1.3', accountId: '123456789012', configurationItemCaptureTime: 1_796_040_000.5 },
    ...{ configurationItemStatus: 'OK', arn: `arn:aws:s3:::${resourceId}`, resourceType: block, resourceId },
    ...{ resourceName: 'the account', awsRegion: region, configuration: configurationText },
    supplementaryConfiguration: { Policy: '{"Statement":[]}', Note: 'plain' },
  })),
  unprocessedResourceKeys: [],
})
const configurationText = JSON.stringify({
  ...{ blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: false },
  tags: [{ key: 'team', value: 'web' }],
})

const opened = (more: object = {}, known: readonly string[] = [], attributes: Readonly<Record<string, unknown>> = {}) =>
  openSource(
    aws,
    '',
    { regions: [region], types: { include: ['aws_sqs_queue'] }, config: { include: ['AWS::*'] }, ...more },
    {
      knownScopes: (prefix) =>
        known
          .filter((scope) => scope.startsWith(prefix))
          .map((scope) => ({ scope: scope as Scope, status: 'fresh' as ScopeCondition, attributes })),
    },
  )

async function scansOf(source = opened()) {
  const sink = recordingSink()
  await scanAll(source, sink, { concurrency: 4 })
  return new Map(sink.scans.map((scan) => [scan.scope.split('/')[3], scan]))
}

test('what the recorder covers and no row reads is read from AWS Config; what has a row, or is not recorded, is not', async () => {
  const scans = await scansOf()
  expect([...scans.keys()].sort()).toEqual([block, 'aws_sqs_queue'])
  const scan = scans.get(block)
  expect(messages(scan?.outcome?.errors)).toEqual([])
  expect(scan?.resources).toMatchObject([
    {
      ...{ id: '123456789012', type: block, provider: 'aws', account: '123456789012', region },
      ...{ name: 'the account', tags: { team: 'web' }, metadata: { arn: 'arn:aws:s3:::123456789012' } },
      configuration: {
        ...{ blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: false },
        supplementaryConfiguration: { Policy: { Statement: [] }, Note: 'plain' },
      },
    },
  ])
  expect(proxy.mutating).toEqual([])
})

test('what is recorded and Cloud Control reads is left to Cloud Control', async () => {
  await callAws(moto.url, [call('config', 'put_configuration_recorder', recorder({ allSupported: true }))])
  const withBoth = await scansOf(opened({ cloud_control: { include: ['AWS::AppRunner::*'] } }))
  expect([...withBoth.keys()].sort()).toEqual(
    ['AWS::AppRunner::Service', 'AWS::DMS::Endpoint', block, 'aws_sqs_queue'].sort(),
  )
  const calls = proxy.calls.filter(({ service }) => service === 'cloudcontrolapi')
  expect(calls.length).toBeGreaterThan(0)
  const listed = withBoth.get('AWS::AppRunner::Service')
  expect(listed?.outcome).toEqual({ complete: true, errors: [], attributes: { read_by: 'Cloud Control' } })
})

test('I5: what AWS Config has read it goes on reading when Cloud Control could, and the other way round: they know a thing by different ids', async () => {
  await callAws(moto.url, [call('config', 'put_configuration_recorder', recorder({ allSupported: true }))])
  const runner = `aws/123456789012/${region}/AWS::AppRunner::Service`
  const cloud_control = { include: ['AWS::AppRunner::*'] }
  for (const read_by of ['AWS Config', 'Cloud Control']) {
    proxy.set(null)
    const scan = (await scansOf(opened({ cloud_control }, [runner], { read_by }))).get('AWS::AppRunner::Service')
    expect(scan?.outcome).toMatchObject({ complete: true, attributes: { read_by } })
    const read = proxy.calls.filter(({ operation }) => /^List(?:Discovered)?Resources$/.test(operation))
    const services = new Set(read.map(({ service }) => service))
    expect([read_by, services.has('cloudcontrolapi')]).toEqual([read_by, read_by === 'Cloud Control'])
  }
  // Who may not ask the one any more is not shown the other's ids in their place.
  const alone = opened({ config: undefined, cloud_control }, [runner], { read_by: 'AWS Config' })
  const scan = (await scansOf(alone)).get('AWS::AppRunner::Service')
  expect(scan?.outcome?.complete).toBe(false)
  expect(messages(scan?.outcome?.errors).join()).toContain('was read by AWS Config until now')
})

test('a type that an account has once is read from one place, too, and says from which', async () => {
  const inHome = {
    ...call('config', 'put_configuration_recorder', recorder({ allSupported: true })),
    region: 'us-east-1',
  }
  await callAws(moto.url, [inHome])
  standInForCloudControl(proxy, { 'AWS::CE::CostCategory': {} })
  const [ofRegion, ofAccount] = ['us-east-1', '-'].map((place) => `aws/123456789012/${place}/AWS::CE::CostCategory`)
  const both = { regions: ['us-east-1'], cloud_control: { include: ['AWS::CE::*'] } }
  const scopesOf = async (known: readonly string[], read_by: string) => {
    const sink = recordingSink()
    await scanAll(opened(both, known, { read_by }), sink, { concurrency: 4 })
    return sink.scans
      .filter(({ scope }) => scope.endsWith('CostCategory'))
      .map(({ scope, outcome }) => [scope, outcome?.attributes?.read_by])
  }
  expect(await scopesOf([], '')).toEqual([[ofAccount, 'Cloud Control']])
  expect(await scopesOf([ofRegion ?? ''], 'AWS Config')).toEqual([[ofRegion, 'AWS Config']])
  expect(await scopesOf([ofAccount ?? ''], 'Cloud Control')).toEqual([[ofAccount, 'Cloud Control']])
})

test('I5: a recorder that was stopped leaves what it had covered incomplete, and says so', async () => {
  isRecording = false
  const scans = await scansOf(opened({}, [blockScope]))
  const scan = scans.get(block)
  expect(scan?.outcome?.complete).toBe(false)
  expect(messages(scan?.outcome?.errors).join()).toContain(
    `${block} is not covered: the recorder default of AWS Config is stopped`,
  )
  expect([...(await scansOf()).keys()]).toEqual(['aws_sqs_queue'])
})

test('I5: what AWS Config lists and does not answer with is incomplete, and not gone', async () => {
  proxy.standIns.set('config BatchGetResourceConfig', () => ({
    baseConfigurationItems: [],
    unprocessedResourceKeys: [{ resourceType: block, resourceId: '123456789012' }],
  }))
  const scan = (await scansOf()).get(block)
  expect(scan?.outcome?.complete).toBe(false)
  expect(messages(scan?.outcome?.errors).join()).toContain('the answer says nothing of 123456789012')
})

test('I5: where AWS Config is denied the source says so, earlier scopes are incomplete, and what has a row is watched', async () => {
  proxy.set({ kind: 'denied', services: ['config'] })
  const lists = opened({}, [blockScope]).targets(new AbortController().signal)
  const all = lists[Symbol.asyncIterator]()
  const scopes = ((await all.next()).value ?? []).map(({ scope }: Target) => scope)
  expect(scopes).toEqual([`aws/123456789012/${region}/aws_sqs_queue`, blockScope] as Scope[])
  await expect(all.next()).rejects.toThrow('config:DescribeConfigurationRecorders is denied')
})

test('the permissions that AWS Config needs are among those that are asked for', async () => {
  const policy = (await opened().permissions?.(new AbortController().signal)) ?? ''
  for (const action of ['DescribeConfigurationRecorderStatus', 'ListDiscoveredResources', 'BatchGetResourceConfig'])
    expect(policy).toContain(`config:${action}`)
})

test('a doctor is told what is there and not covered, and why', async () => {
  await callAws(moto.url, [call('config', 'put_configuration_recorder', recorder({ resourceTypes: [block] }))])
  const said: string[] = []
  for await (const { what } of opened({ events: { lookup: false } }).checks?.(new AbortController().signal) ?? [])
    said.push(what)
  expect(said).toContain(
    `does not cover AWS::AppRunner::Service, AWS::DMS::Endpoint in ${region} of account 123456789012: the recorder default of AWS Config does not record the type`,
  )
})
