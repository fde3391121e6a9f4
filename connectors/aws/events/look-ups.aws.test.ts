import { expect, test } from 'bun:test'
import { openFollower } from '../../../api/test-follower.ts'
import { until } from '../../../api/test-server.ts'
import { FaultProxy } from '../../../test/estate/fault-proxy.ts'
import { type AwsCall, callAws, Moto } from '../../../test/estate/moto.ts'
import { ServerProcess } from '../../../test/server-process.ts'

const [account, region] = ['123456789012', 'eu-west-1']
const ec2 = (method: string, given: object): AwsCall => ({ service: 'ec2', region, method, arguments: given })

/** An event as CloudTrail's history has it. */
const recorded = (id: string, eventName: string, requestParameters: object) => ({
  ...{ EventId: id, EventName: eventName, EventSource: 'ec2.amazonaws.com', Username: 'alice' },
  EventTime: Date.now() / 1000,
  CloudTrailEvent: JSON.stringify({
    ...{ eventID: id, eventName, eventSource: 'ec2.amazonaws.com', eventTime: new Date().toISOString() },
    ...{ awsRegion: region, recipientAccountId: account, readOnly: false, requestParameters },
    userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::${account}:user/alice`, accountId: account },
  }),
})

test('without a queue an edit that a scan has found is given its maker from CloudTrail’s event history', async () => {
  await using moto = await Moto.start()
  await using proxy = await FaultProxy.start(moto.url)
  process.env.AWS_ENDPOINT_URL = proxy.url
  await callAws(moto.url, [ec2('create_security_group', { GroupName: 'web', Description: 'web servers' })])
  const events: object[] = []
  const asked: unknown[] = []
  proxy.standIns.set('cloudtrail LookupEvents', (input) => {
    asked.push(input.LookupAttributes)
    return { Events: events }
  })
  const source = {
    kind: 'aws',
    where: '',
    interval: '1s',
    regions: [region],
    types: { include: ['aws_security_group'] },
  }
  await using server = new ServerProcess({ sources: [source] })
  await server.start()
  const hasScanned = async () => (await (await fetch(`${server.url}/v1/resources`)).text()).includes('"name":"web"')
  await until('the first scan has seen the group', hasScanned, 60_000)
  await using stream = await openFollower(`${server.url}/v1/changes?live=sse&offset=-1`)
  const group = () => stream.changes.find(({ resource }) => resource.name === 'web')
  await stream.until('the group was seen', () => group() !== undefined)
  const id = group()?.resource.id ?? ''
  // What is seen for the first time was made by nobody knows whom.
  expect(asked).toEqual([])

  const tags = [{ Key: 'team', Value: 'shop' }]
  events.push(
    recorded('tagged', 'CreateTags', { resourcesSet: { items: [{ resourceId: id }] }, tagSet: { items: tags } }),
  )
  await callAws(moto.url, [ec2('create_tags', { Resources: [id], Tags: tags })])
  const attribution = () => stream.changes.find(({ op }): boolean => (op as string) === 'a')
  await stream.until('the maker was found', () => attribution() !== undefined)
  const [change] = stream.changes.filter(({ op }) => op === 'u')
  expect(attribution()).toMatchObject({
    ...{ of: change?.id, event: { id: 'tagged', name: 'CreateTags' } },
    actor: { type: 'IAMUser', arn: `arn:aws:iam::${account}:user/alice` },
  })
  expect(asked[0]).toEqual([{ AttributeKey: 'ResourceName', AttributeValue: id }])
  expect(proxy.mutating).toEqual([])
  expect(await server.stop()).toBe(0)
}, 120_000)
