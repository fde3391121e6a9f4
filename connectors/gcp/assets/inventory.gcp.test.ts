import { expect, test } from 'bun:test'
import { asset } from '../../../test/gcp/made.ts'
import { refuse, startStandIn } from '../../../test/gcp/stand-in.ts'
import { openGcp, scansOf } from '../../../test/gcp/watching.ts'
import { messages } from '../../../test/sources/recording-sink.ts'
import type { ConnectorContext } from '../../connector.ts'
import type { Source } from '../../source.ts'

const gateway = 'apigateway.googleapis.com/Gateway'
const scope = 'gcp/acme-shop/-/google_api_gateway_gateway'
const id = (name: string): string => `projects/acme-shop/locations/europe-west1/gateways/${name}`
const options = { inventory: true, types: { include: ['google_project'] } }

async function scanned(source: Source) {
  const scan = (await scansOf(source)).find((one) => one.scope === scope)
  return {
    isComplete: scan?.outcome?.complete,
    sizes: scan?.resources.map((one) => [one.id.split('/').at(-1), one.configuration?.size]),
    errors: messages(scan?.outcome?.errors).join('\n'),
    attributes: scan?.outcome?.attributes,
    resources: scan?.resources,
  }
}

test('a type that only the inventory has is a scope of its own, under Terraform’s name, and others under Google’s', async () => {
  await using standIn = await startStandIn({ pageItems: 2 })
  for (const name of ['a', 'b', 'c']) asset(standIn, gateway, id(name), { displayName: name, labels: { team: 'web' } })
  asset(standIn, 'compute.googleapis.com/Instance', 'projects/acme-shop/zones/z/instances/web')
  asset(standIn, 'ids.googleapis.com/Endpoint', 'projects/123456789012/locations/l/endpoints/e')
  const scans = await scansOf(openGcp(standIn, 'acme-shop', options))
  expect(scans.map((one): string => one.scope).sort()).toEqual(
    [`gcp/acme-shop/-/google_project`, scope, 'gcp/acme-shop/-/ids.googleapis.com%2FEndpoint'].sort(),
  )
  const ids = scans.flatMap(({ resources }) => resources.map((one) => one.id))
  expect(ids).toEqual(expect.arrayContaining([id('a'), id('b'), id('c'), 'projects/acme-shop/locations/l/endpoints/e']))
  const { resources } = await scanned(openGcp(standIn, 'acme-shop', options))
  expect(resources?.[0]).toMatchObject({ region: 'europe-west1', tags: { team: 'web' }, account: 'acme-shop' })
})

test('I5: an inventory that lags neither deletes what it lacks nor takes it back', async () => {
  await using standIn = await startStandIn()
  const [later, earlier] = ['2026-11-29T12:05:00Z', '2026-11-29T12:00:00Z']
  asset(standIn, gateway, id('a'), { size: 2 }, later)
  const forget = asset(standIn, gateway, id('b'), { size: 1 }, later)
  const source = openGcp(standIn, 'acme-shop', options)
  expect((await scanned(source)).sizes).toEqual([
    ['a', 2],
    ['b', 1],
  ])
  asset(standIn, gateway, id('a'), { size: 1 }, earlier)
  forget()
  const { isComplete, sizes } = await scanned(source)
  expect([isComplete, sizes]).toEqual([
    true,
    [
      ['a', 2],
      ['b', 1],
    ],
  ])
})

test('I5: after a restart the first listing that differs deletes nothing, and one that is the same is whole', async () => {
  await using standIn = await startStandIn()
  asset(standIn, gateway, id('a'))
  const forget = asset(standIn, gateway, id('b'))
  const { attributes } = await scanned(openGcp(standIn, 'acme-shop', options))
  const knownScopes: ConnectorContext['knownScopes'] = () => [
    { scope: scope as never, status: 'fresh', attributes: attributes ?? {} },
  ]
  expect((await scanned(openGcp(standIn, 'acme-shop', options, { knownScopes }))).isComplete).toBe(true)
  forget()
  const restarted = openGcp(standIn, 'acme-shop', options, { knownScopes })
  const { isComplete, errors } = await scanned(restarted)
  expect(isComplete).toBe(false)
  expect(errors).toContain('ten minutes later')
  // What is tried again a second later is no second witness.
  expect((await scanned(restarted)).isComplete).toBe(false)
  asset(standIn, gateway, id('b'))
  expect((await scanned(restarted)).isComplete).toBe(true)
})

test('I5: an inventory that is not enabled says nothing of what it would list', async () => {
  await using standIn = await startStandIn()
  asset(standIn, gateway, id('a'))
  const source = openGcp(standIn, 'acme-shop', options)
  await scanned(source)
  standIn.settings = {
    interfere: ({ method, query }, answer) =>
      method === 'cloudasset.assets.list' &&
      query.has('contentType') &&
      refuse(answer, 403, 'accessNotConfigured', 'not enabled'),
  }
  expect((await scanned(source)).isComplete).toBe(false)
})

test('a message of a feed wakes the scope that its asset is in', async () => {
  await using standIn = await startStandIn()
  asset(standIn, gateway, id('a'))
  const body = {
    asset: { name: `//apigateway.googleapis.com/${id('a')}`, assetType: gateway },
    window: { startTime: '2026-11-29T12:00:00Z' },
  }
  const data = Buffer.from(JSON.stringify(body)).toString('base64')
  const acknowledged = Promise.withResolvers<void>()
  standIn.settings = {
    interfere: ({ path }, answer) => {
      if (!path.includes('/subscriptions/s:')) return false
      const isPull = path.endsWith(':pull')
      answer.writeHead(200, { 'content-type': 'application/json' })
      answer.end(JSON.stringify(isPull ? { receivedMessages: [{ ackId: '1', message: { data } }] } : {}))
      if (!isPull) acknowledged.resolve()
      return true
    },
  }
  const source = openGcp(standIn, 'acme-shop', {
    ...options,
    events: { subscription: 'projects/acme-shop/subscriptions/s' },
  })
  await scansOf(source)
  const woken: string[] = []
  const stop = new AbortController()
  const following = source.events?.(
    {
      ...{ dirty: () => {}, attributed: () => {}, relist: () => {} },
      changed: async (one) => {
        woken.push(one)
        return 'done'
      },
      ...{ received: () => {}, backlog: () => {} },
    },
    stop.signal,
  )
  await acknowledged.promise
  stop.abort()
  await following?.catch(() => undefined)
  expect(woken[0]).toBe(scope)
})
