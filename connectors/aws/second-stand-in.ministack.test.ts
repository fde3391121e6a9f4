import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { SeenChange } from '../../api/test-follower.ts'
import { scanOf, startTestServer, type TestServer } from '../../api/test-server.ts'
import type { Resource } from '../../model/resource.ts'
import { splitScope } from '../../model/scope.ts'
import { callAws, type Known } from '../../test/estate/moto.ts'
import { account, region } from '../../test/ministack/calls.ts'
import { edits } from '../../test/ministack/edits.ts'
import { made } from '../../test/ministack/made.ts'
import { making } from '../../test/ministack/making.ts'
import { type Ministack, startMinistack } from '../../test/ministack/ministack.ts'
import { removals } from '../../test/ministack/removals.ts'
import { openSource, scanAll } from '../../test/sources/scan-all.ts'
import { aws } from './connector.ts'
import { rows } from './table/table.ts'

/** Types whose calls this stand-in doesn't know, or answers so that AWS's client can't read it. */
const notKnown: readonly string[] = [
  ...['aws_appautoscaling_policy', 'aws_appautoscaling_target', 'aws_cloudwatch_dashboard', 'aws_codepipeline'],
  ...['aws_ec2_transit_gateway', 'aws_ec2_transit_gateway_route_table', 'aws_ec2_transit_gateway_vpc_attachment'],
  ...['aws_eks_fargate_profile', 'aws_elb', 'aws_guardduty_detector', 'aws_iam_server_certificate', 'aws_msk_cluster'],
  ...['aws_redshift_cluster', 'aws_route53_health_check', 'aws_route53_zone', 'aws_ssm_document'],
]
const scopeOf = (type: string): string => {
  const isGlobal = rows.find((row) => row.type === type)?.isGlobal === true
  return `aws/${account}/${isGlobal ? '-' : region}/${type}`
}

process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:9'
let ministack: Ministack
let server: TestServer
let known: Known
beforeAll(async () => {
  ministack = await startMinistack()
  process.env.AWS_ENDPOINT_URL = ministack.url
  const saved = await callAws(ministack.url, making)
  const zone = saved.zone?.split('/').at(-1)
  known = { ...saved, record: `${zone}_www.shop.test_A`, 'route-out': `r-${saved.table}1080289494` }
  server = await startTestServer()
  // Each was watched before, when its service was there.
  await server.ingest(...notKnown.flatMap((type) => scanOf('before', ['kept'], scopeOf(type))))
  await changes()
}, 120_000)
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await ministack[Symbol.asyncDispose]()
})

interface ScopeStatus {
  readonly scope: string
  readonly status: string
  readonly resources: number
  readonly errors: readonly unknown[]
}
interface Page {
  readonly changes: readonly SeenChange[]
  readonly cursor: string
  readonly up_to_date: boolean
}
let cursor = '-1'
/** What has been recorded since this was asked last. */
async function changes(): Promise<SeenChange[]> {
  const found: SeenChange[] = []
  while (true) {
    const page = (await (await server.get(`/v1/changes?offset=${cursor}&limit=1000`)).json()) as Page
    found.push(...page.changes)
    cursor = page.cursor
    if (page.up_to_date) return found
  }
}

/** Looks at the account once. */
async function look(): Promise<SeenChange[]> {
  const source = openSource(aws, '', { regions: [region] }, server.engine)
  await scanAll(source, server.engine.sink('aws', new AbortController().signal), { concurrency: 8 })
  return changes()
}

const filled = (text: string): string => text.replace(/<([a-z0-9-]+)>/g, (whole, name) => known[name] ?? whole)
const said = ({ resource, op }: SeenChange): string => `${op} ${resource.type} ${resource.id}`

test('every thing that was made is there, as the type that Terraform has for it, by its id and with its tags', async () => {
  const found = (await look()).map(({ after }) => after as Resource)
  const attachment = found.find(({ type, metadata }) => type === 'aws_volume_attachment' && !metadata?.ambient)
  known = { ...known, attachment: attachment?.id ?? '' }
  const own = found.filter(({ metadata, type }) => metadata?.ambient === undefined && type in made)
  const words = own.map(({ type, id, tags }) => `${type} ${id}${tags?.team === 'web' ? ' team' : ''}`)
  const wanted = Object.entries(made).flatMap(([type, ids]) => ids.map((id) => `${type} ${filled(id)}`))
  expect(words.sort()).toEqual(wanted.sort())
  expect(found.every((one) => one.account === account && one.provider === 'aws')).toBe(true)
  const others = found.filter(({ metadata, type }) => metadata?.ambient === undefined && !(type in made))
  // AWS adds a rule to each group of itself.
  expect([...new Set(others.map(({ type }) => type))]).toEqual(['aws_vpc_security_group_egress_rule'])
})

test('I4: a second look at the same account finds no change', async () => {
  expect((await look()).map(said)).toEqual([])
})

test('each edit by hand is one change, of the field that was edited', async () => {
  await callAws(
    ministack.url,
    edits.map(({ call }) => call),
    { known },
  )
  const wanted = edits.map(({ type, id, fields }) => `u ${type} ${filled(id)}: ${fields.toSorted().join(' ')}`)
  const found = (await look()).map(
    (change) =>
      `${said(change)}: ${(change.fields ?? [])
        .map(({ path }) => path)
        .toSorted()
        .join(' ')}`,
  )
  expect(found.sort()).toEqual(wanted.sort())
})

test('I5: each thing that was deleted is one delete, and nothing else is', async () => {
  await callAws(
    ministack.url,
    removals.map(({ call }) => call),
    { known },
  )
  const wanted = removals.flatMap(({ gone }) => gone.map((what) => `d ${filled(what)}`))
  const found = await look()
  expect(found.map(said).sort()).toEqual(wanted.sort())
  expect(new Set(found.map(({ reason }) => reason))).toEqual(new Set(['scan']))
})

test('I5: a service that is not played is a failing scope that names the permission, never an empty one, and keeps what it had', async () => {
  const played = await ministack.services()
  for (const service of ['application-autoscaling', 'codepipeline', 'guardduty', 'redshift'])
    expect([service, played.has(service)]).toEqual([service, false])
  const { scopes } = (await (await server.get('/v1/scopes?limit=1000')).json()) as { scopes: ScopeStatus[] }
  const failing = scopes.filter(({ status }) => status !== 'fresh')
  expect(failing.map(({ scope }) => scope.split('/').at(-1)).sort()).toEqual(notKnown.toSorted())
  for (const { scope, status, resources, errors } of failing) {
    expect([scope, status, resources]).toEqual([scope, 'failing', 1])
    expect(JSON.stringify(errors)).toMatch(/[a-z0-9-]+:[A-Z]\w+ failed: /)
  }
})

test('without `regions` the scopes are of those that the account has enabled, opt-in regions among them', async () => {
  const enabled = await ministack.regions()
  expect(enabled.filter(({ RegionOptStatus }) => RegionOptStatus === 'ENABLED').length).toBeGreaterThan(5)
  const source = openSource(aws, '', { types: { include: ['aws_sqs_queue'] } })
  const found: (string | null)[] = []
  for await (const list of source.targets(new AbortController().signal))
    found.push(...list.map(({ scope }) => splitScope(scope).location))
  expect(found.sort()).toEqual(enabled.map(({ RegionName }) => RegionName).sort())
})
