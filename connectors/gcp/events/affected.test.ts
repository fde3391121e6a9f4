import { expect, test } from 'bun:test'
import { rows } from '../table/table.ts'
import { affectedBy } from './affected.ts'
import { type ChangeEvent, readMessage } from './audit-entry.ts'

const project = 'acme-shop'
const entry = (payload: object, more: object = {}): string =>
  JSON.stringify({
    ...{ insertId: 'i-1', logName: `projects/${project}/logs/cloudaudit.googleapis.com%2Factivity` },
    ...{ timestamp: '2026-11-29T12:00:00.123456789Z', resource: { labels: { project_id: project } }, ...more },
    protoPayload: { authenticationInfo: { principalEmail: 'anna@example.com' }, ...payload },
  })
const called = (serviceName: string, methodName: string, resourceName?: string, more: object = {}) =>
  entry({
    serviceName: `${serviceName}.googleapis.com`,
    methodName,
    ...(resourceName === undefined ? {} : { resourceName }),
    ...more,
  })

function event(body: string): ChangeEvent {
  const read = readMessage(body)
  if (typeof read === 'string') throw new Error(read)
  return read
}
const affected = (body: string) => affectedBy(event(body), rows, project).map(({ type, ids }) => [type, ...ids])

const zone = `projects/${project}/zones/europe-west1-b`

test.each([
  [
    called('compute', 'v1.compute.instances.setLabels', `${zone}/instances/web`),
    [['google_compute_instance', `${zone}/instances/web`]],
  ],
  [called('compute', 'v1.compute.disks.insert', `${zone}/disks/web`), [['google_compute_disk', `${zone}/disks/web`]]],
  [
    called('compute', 'v1.compute.addresses.insert', `projects/${project}/global/addresses/a`),
    [['google_compute_global_address', `projects/${project}/global/addresses/a`]],
  ],
  [
    called('storage', 'storage.buckets.update', 'projects/_/buckets/files'),
    [
      ['google_storage_bucket', 'files'],
      ['google_storage_bucket_iam_policy', 'b/files'],
    ],
  ],
  [
    called('storage', 'storage.setIamPermissions', 'projects/_/buckets/files'),
    [['google_storage_bucket_iam_policy', 'b/files']],
  ],
  [
    called('cloudsql', 'cloudsql.instances.update', `projects/${project}/instances/main`),
    [['google_sql_database_instance', 'main']],
  ],
  [called('cloudresourcemanager', 'SetIamPolicy', `projects/${project}`), [['google_project_iam_policy', project]]],
  [
    called(
      'container',
      'google.container.v1.ClusterManager.UpdateNodePool',
      `projects/${project}/locations/l/clusters/c/nodePools/n`,
    ),
    [['google_container_node_pool', `projects/${project}/locations/l/clusters/c/nodePools/n`]],
  ],
  [
    called(
      'secretmanager',
      'google.cloud.secretmanager.v1.SecretManagerService.UpdateSecret',
      'projects/123456789012/secrets/db',
    ),
    [
      ['google_secret_manager_secret', `projects/${project}/secrets/db`],
      ['google_secret_manager_secret_iam_policy', `projects/${project}/secrets/db`],
    ],
  ],
  [
    called('pubsub', 'google.iam.v1.IAMPolicy.SetIamPolicy', `projects/${project}/topics/jobs`),
    [['google_pubsub_topic_iam_policy', `projects/${project}/topics/jobs`]],
  ],
  // An account is named by a number: all are looked at.
  [
    called('iam', 'google.iam.admin.v1.SetIAMPolicy', 'projects/-/serviceAccounts/12'),
    [['google_service_account_iam_policy']],
  ],
  [
    called('iam', 'google.iam.admin.v1.CreateServiceAccountKey', 'projects/-/serviceAccounts/12'),
    [['google_service_account']],
  ],
  // Who may read a dataset stands in itself.
  [
    called('bigquery', 'google.iam.v1.IAMPolicy.SetIamPolicy', `projects/${project}/datasets/sales`),
    [['google_bigquery_dataset', `projects/${project}/datasets/sales`]],
  ],
  // A new version of a secret changes nobody's rights, and nothing that is read.
  [
    called(
      'secretmanager',
      'google.cloud.secretmanager.v1.SecretManagerService.AddSecretVersion',
      'projects/123456789012/secrets/db/versions/2',
    ),
    [['google_secret_manager_secret']],
  ],
  [
    called('iam', 'google.iam.admin.v1.CreateServiceAccount', `projects/${project}`, {
      response: { name: `projects/${project}/serviceAccounts/r@x` },
    }),
    [
      ['google_service_account', `projects/${project}/serviceAccounts/r@x`],
      ['google_service_account_iam_policy', `projects/${project}/serviceAccounts/r@x`],
    ],
  ],
] as const)('an event is about the things that it names: %s', (body, types) => {
  expect(affected(body).sort()).toEqual(types.map((one) => [...one]).sort())
})

test('what is not a policy’s wakes no policies, where these are all that is read', () => {
  const policies = rows.filter(({ isPolicy }) => isPolicy)
  const key = called('iam', 'google.iam.admin.v1.CreateServiceAccountKey', 'projects/-/serviceAccounts/12')
  expect(affectedBy(event(key), policies, project)).toEqual([])
})

test('an event of which nothing is known is about all types of its service', () => {
  const types = affected(called('pubsub', 'google.pubsub.v1.Publisher.Reticulate', `projects/${project}/splines/1`))
  expect(types).toEqual([['google_pubsub_topic'], ['google_pubsub_subscription'], ['google_pubsub_schema']])
})

test('who did it comes along, and both entries of a long operation are about one change', () => {
  const first = event(called('compute', 'v1.compute.instances.insert', `${zone}/instances/web`))
  expect(first.by).toEqual({
    occurredAt: '2026-11-29T12:00:00.123456789Z',
    actor: { principal: 'anna@example.com' },
    event: { id: 'i-1', name: 'v1.compute.instances.insert', source: 'compute.googleapis.com' },
  })
  const long = { operation: { id: 'operation-7', first: true } }
  const body = { serviceName: 'compute.googleapis.com', methodName: 'v1.compute.instances.insert' }
  expect(event(entry(body, long)).by?.event?.id).toBe('operation-7')
  const isEnd = (operation: object) => event(entry(body, { operation })).isEnd
  expect([{ first: true }, { last: true }, { first: true, last: true }].map(isEnd)).toEqual([false, true, false])
})

test('what a feed of Cloud Asset Inventory sends names a thing and nobody', () => {
  const body = JSON.stringify({
    asset: { name: `//compute.googleapis.com/${zone}/instances/web`, assetType: 'compute.googleapis.com/Instance' },
    window: { startTime: '2026-11-29T12:00:00Z' },
    deleted: true,
  })
  expect(affected(body)).toEqual([['google_compute_instance', `${zone}/instances/web`]])
  expect(event(body).by).toBeNull()
})

test.each([
  [
    'a call that was refused',
    called('compute', 'v1.compute.instances.delete', 'x', { status: { code: 7 } }),
    'not_watched',
  ],
  ['a call that only read', called('compute', 'v1.compute.instances.aggregatedList', 'x'), 'not_watched'],
  [
    'an entry of the log of data',
    entry(
      { serviceName: 's', methodName: 'write' },
      { logName: 'projects/p/logs/cloudaudit.googleapis.com%2Fdata_access' },
    ),
    'not_watched',
  ],
  ['rubbish', '<html>', 'unusable'],
  ['another entry', '{"insertId":"1","textPayload":"hello"}', 'unusable'],
] as const)('%s changes nothing', (_, body, outcome) => expect(readMessage(body)).toBe(outcome))
