import type { TestServer } from '../../api/test-server.ts'
import type { Json, Resource } from '../../model/resource.ts'
import { reading, scanOf } from '../../pipeline/drift/estate.case.ts'

type Attributes = { [name: string]: Json }

/** What people see on the screenshots: an account with drift of each kind, a cluster, a state that can't be read, deletes that are held. */
const account = '111122223333'
const region = 'eu-west-1'
export const stateOf = (path: string): string => `terraform/${encodeURIComponent(path)}/-/state`
const liveOf = (path: string): string => `terraform/${encodeURIComponent(path)}/-/live`

const instance = (address: string, configuration: Attributes, tags: Record<string, string> = {}): Resource => ({
  id: address,
  type: address.replace(/^(module\.[^.]+\.)+/, '').split('.')[0] ?? '',
  name: address.split('.').at(-1) ?? address,
  ...{ provider: 'aws', account, region, namespace: null },
  configuration: { id: configuration.id ?? address, ...configuration },
  metadata: { mode: 'managed' },
  tags,
})

const policy = (...actions: string[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Sid: 'Jobs', Effect: 'Allow', Action: actions, Resource: 'arn:aws:sqs:eu-west-1:111122223333:jobs' }],
  })

const rule = (port: number, cidrs: string[], description: string): Attributes => ({
  ...{ from_port: port, to_port: port, protocol: 'tcp', description, self: false },
  ...{ cidr_blocks: cidrs, ipv6_cidr_blocks: [], security_groups: [], prefix_list_ids: [] },
})

interface Managed {
  readonly wanted: Resource
  /** Attributes that are otherwise in reality. */
  readonly now?: Attributes
  readonly by?: Json
}

const ann = { type: 'AssumedRole', arn: `arn:aws:iam::${account}:role/operations`, session: 'ann@example.com' }
const ci = { type: 'AssumedRole', arn: `arn:aws:iam::${account}:role/deploy`, session: 'release-pipeline' }

const network: readonly Managed[] = [
  {
    wanted: instance(
      'aws_vpc.main',
      { id: 'vpc-0a1b', cidr_block: '10.20.0.0/16', enable_dns_hostnames: true },
      { team: 'platform' },
    ),
  },
  ...['a', 'b', 'c'].map((zone, at) => ({
    wanted: instance(
      `aws_subnet.private["${zone}"]`,
      { id: `subnet-0${at}c4`, cidr_block: `10.20.${at}.0/24`, map_public_ip_on_launch: false },
      { team: 'platform' },
    ),
  })),
  {
    wanted: instance(
      'aws_security_group.bastion',
      {
        id: 'sg-0bad',
        name: 'bastion',
        description: 'Way in',
        ingress: [rule(22, ['10.20.0.0/16'], 'ssh from inside')],
      },
      { team: 'platform' },
    ),
    now: { ingress: [rule(22, ['10.20.0.0/16', '0.0.0.0/0'], 'ssh from inside')] },
    by: ann,
  },
]

const prod: readonly Managed[] = [
  {
    wanted: instance(
      'module.orders.aws_db_instance.main',
      {
        id: 'db-ORDERS',
        identifier: 'orders',
        instance_class: 'db.r6g.large',
        deletion_protection: true,
        backup_retention_period: 14,
      },
      { team: 'orders' },
    ),
    now: { deletion_protection: false, backup_retention_period: 1 },
    by: ann,
  },
  {
    wanted: instance(
      'module.orders.aws_iam_policy.jobs',
      {
        id: `arn:aws:iam::${account}:policy/jobs`,
        name: 'jobs',
        policy: policy('sqs:ReceiveMessage', 'sqs:DeleteMessage'),
      },
      { team: 'orders' },
    ),
    now: { policy: policy('sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:PurgeQueue') },
    by: ci,
  },
  ...Array.from({ length: 12 }, (_, at) => ({
    wanted: instance(
      `module.web.aws_instance.app[${at}]`,
      { id: `i-0f${at}e2`, instance_type: 'm7g.large', ami: 'ami-05d7', monitoring: true },
      { team: 'web' },
    ),
    ...(at < 6 ? { now: { instance_type: 'm7g.xlarge' }, by: ci } : {}),
  })),
  {
    wanted: instance(
      'aws_sqs_queue.jobs',
      { id: 'jobs', name: 'jobs', visibility_timeout_seconds: 30 },
      { team: 'orders' },
    ),
  },
  {
    wanted: instance(
      'aws_cloudwatch_log_group.web',
      { id: '/web/app', name: '/web/app', retention_in_days: 30 },
      { team: 'web' },
    ),
    now: { retention_in_days: 7 },
  },
]

const missing = instance('aws_s3_bucket.reports', { id: 'reports-7f3a', bucket: 'reports-7f3a' }, { team: 'orders' })

async function watch(server: TestServer, path: string, managed: readonly Managed[]): Promise<void> {
  const wanted = managed.map((one) => one.wanted)
  await server.ingest(...scanOf(stateOf(path), 's1', wanted))
  await server.ingest(
    ...scanOf(
      liveOf(path),
      'l1',
      wanted.map((one) => reading(one, { ...(one.configuration as Attributes) })),
    ),
  )
  const by = new Map(managed.map((one) => [one.wanted.id, one.by ?? null]))
  const now = managed.map(({ wanted, now = {} }) =>
    reading(wanted, { ...(wanted.configuration as Attributes), ...now }),
  )
  await server.ingest(
    ...scanOf(liveOf(path), 'l2', now, { by: (address) => (by.get(address) ?? null) as object | null }),
  )
}

const deployment = (name: string, image: string, replicas: number) => ({
  ...{
    id: `shop/${name}`,
    type: 'apps.Deployment',
    provider: 'kubernetes',
    account: 'prod',
    namespace: 'shop',
    name,
    uid: `uid-${name}`,
  },
  configuration: {
    spec: {
      replicas,
      template: { spec: { containers: [{ name: 'app', image, env: [{ name: 'LOG_LEVEL', value: 'info' }] }] } },
    },
  },
  tags: { app: name },
})
const cluster = 'kubernetes/prod/-/apps.Deployment'

/** Fills a server with the estate; answers when the drift is known. */
export async function fillEstate(server: TestServer): Promise<void> {
  await watch(server, 'infra/network/terraform.tfstate', network)
  await watch(server, 'infra/prod/terraform.tfstate', prod)
  const gone = 'infra/reports/terraform.tfstate'
  await server.ingest(
    ...scanOf(stateOf(gone), 's1', [missing]),
    ...scanOf(liveOf(gone), 'l1', [reading(missing, { ...(missing.configuration as Attributes) })]),
  )
  await server.ingest(...scanOf(liveOf(gone), 'l2', [], { gone: [missing.id] }))
  const denied = 'infra/legacy/terraform.tfstate'
  await server.ingest(
    ...scanOf(stateOf(denied), 's1', [instance('aws_elasticache_cluster.sessions', { id: 'sessions' })]),
  )
  await server.ingest(
    ...scanOf(liveOf(denied), 'l1', [], {
      errors: [{ message: 'AccessDenied: role/vaino may not call elasticache:DescribeCacheClusters' }],
    }),
  )

  const deployments = ['checkout', 'catalog', 'search', 'payments'].map((name) =>
    deployment(name, `registry.example.com/${name}:1.8.0`, 3),
  )
  await server.ingest(
    { kind: 'scan.begin', scope: cluster, scan: 'k1' },
    ...deployments.map((resource) => ({ kind: 'observed', scope: cluster, scan: 'k1', resource })),
    { kind: 'scan.end', scope: cluster, scan: 'k1', complete: true, count: deployments.length },
  )
  const editor = { type: 'field_manager', name: 'kubectl-edit', operation: 'Update' }
  await server.ingest(
    {
      kind: 'observed',
      scope: cluster,
      resource: deployment('checkout', 'registry.example.com/checkout:1.8.1', 3),
      actor: editor,
    },
    {
      kind: 'observed',
      scope: cluster,
      resource: deployment('search', 'registry.example.com/search:1.8.0', 9),
      actor: editor,
    },
    { kind: 'gone', scope: cluster, id: 'shop/payments', actor: editor },
  )

  const queues = `aws/${account}/${region}/aws_sqs_queue`
  const ids = Array.from({ length: 14 }, (_, at) => `https://sqs.${region}.amazonaws.com/${account}/queue-${at}`)
  const queue = (id: string) => ({
    id,
    type: 'aws_sqs_queue',
    provider: 'aws',
    account,
    region,
    name: id.split('/').at(-1),
    configuration: { delay_seconds: 0 },
    tags: {},
  })
  for (const [scan, seen] of [
    ['q1', ids],
    ['q2', ids.slice(0, 5)],
  ] as const)
    await server.ingest(
      { kind: 'scan.begin', scope: queues, scan },
      ...seen.map((id) => ({ kind: 'observed', scope: queues, scan, resource: queue(id) })),
      { kind: 'scan.end', scope: queues, scan, complete: true, count: seen.length },
    )
  const refused = '{"kind":"observed","scope":"aws/1/-/vm","resource":{"type":"vm","provider":"aws"}}\nnot JSON\n'
  await server.get('/v1/ingest', { method: 'POST', body: refused })
  await server.drift.whenCaughtUp()
}
