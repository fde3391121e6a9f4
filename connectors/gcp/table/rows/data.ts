import { lastPart, textAt } from '../path.ts'
import type { Items, Listing, Row } from '../row.ts'
import { defaults, listed, pageSize } from './row-parts.ts'

const buckets: Listing = {
  api: 'storage',
  path: 'b',
  items: 'items',
  permission: 'storage.buckets.list',
  query: { projection: 'full', maxResults: '1000', returnPartialSuccess: 'true', project: '{$project}' },
}

const sqlInstances = listed('sqladmin', 'v1 instances', 'items', 'cloudsql.instances.list', {
  query: { maxResults: '500' },
})
/** A replica has its primary's databases and users; what is stopped, or being made, answers nothing. */
const answering: Items = {
  list: sqlInstances,
  only: ({ instanceType, state, settings }) =>
    instanceType !== 'READ_REPLICA_INSTANCE' &&
    state === 'RUNNABLE' &&
    (settings as { activationPolicy?: string } | undefined)?.activationPolicy !== 'NEVER',
}
const below = (collection: string): Listing => ({
  api: 'sqladmin',
  path: `v1/projects/{$project}/instances/{$parent.name}/${collection}`,
  items: 'items',
  permission: `cloudsql.${collection}.list`,
  parents: answering,
})

const datasets: Listing = {
  api: 'bigquery',
  path: 'projects/{$project}/datasets',
  items: 'datasets',
  permission: 'bigquery.datasets.get',
  query: { all: 'false', maxResults: '500' },
}
const spannerInstances = listed('spanner', 'v1 instances', 'instances', 'spanner.instances.list', pageSize(500))
const datasetId = 'datasetReference.datasetId'

/** Those that each engine brings along. */
const systemDatabases = /^(?:postgres|mysql|information_schema|performance_schema|sys|master|model|msdb|tempdb)$/

export const dataRows: readonly Row[] = [
  {
    type: 'google_storage_bucket',
    list: buckets,
    assets: ['storage.googleapis.com/Bucket'],
    id: (item) => textAt(item, 'name'),
    get: (id) => ({ path: `b/${id}`, query: { projection: 'full' } }),
    metadata: [
      'owner',
      'projectNumber',
      'softDeletePolicy.effectiveTime',
      'generation',
      'retentionPolicy.effectiveTime',
    ],
  },
  {
    // As for a project: Terraform's types for single roles and members are parts of it.
    type: 'google_storage_bucket_iam_policy',
    list: buckets,
    assets: [],
    split: ({ name, location }) => [{ name: name ?? null, location: location ?? null }],
    details: [
      {
        path: 'b/{name}/iam',
        query: { optionsRequestedPolicyVersion: '3' },
        permission: 'storage.buckets.getIamPolicy',
        as: 'policy',
      },
    ],
    id: (item) => `b/${textAt(item, 'name')}`,
    get: (id) => ({ path: id, query: { projection: 'full' } }),
    metadata: ['policy.etag', 'policy.kind', 'policy.resourceId', 'location'],
    ambient: () => 'default',
    isPolicy: true,
  },
  {
    type: 'google_sql_database_instance',
    list: sqlInstances,
    assets: ['sqladmin.googleapis.com/Instance'],
    id: (item) => textAt(item, 'name'),
    get: (id, { $project }) => ({ path: `v1/projects/${$project}/instances/${id}` }),
    labels: 'settings.userLabels',
    metadata: [
      ...[
        'settings.settingsVersion',
        'settings.kind',
        'serverCaCert',
        'currentDiskSize',
        'maintenanceVersion',
        'gceZone',
      ],
      ...['availableMaintenanceVersions', 'replicaNames', 'upgradableDatabaseVersions', 'ipAddresses', 'geminiConfig'],
      ...['sqlNetworkArchitecture', 'scheduledMaintenance', 'primaryDnsName', 'dnsNames', 'diskEncryptionStatus'],
    ],
  },
  {
    type: 'google_sql_database',
    list: below('databases'),
    assets: ['sqladmin.googleapis.com/Database'],
    // Read alone it has no parent, but says its instance.
    id: (item, { $project }) =>
      `projects/${$project}/instances/${textAt(item, typeof item.instance === 'string' ? 'instance' : '$parent.name')}/databases/${textAt(item, 'name')}`,
    ambient: defaults(({ name }) => systemDatabases.test(String(name))),
  },
  {
    type: 'google_sql_user',
    list: below('users'),
    assets: [],
    get: null,
    id: ({ host, ...item }) =>
      `${textAt(item, 'name')}/${typeof host === 'string' ? host : ''}/${textAt(item, '$parent.name')}`,
    metadata: ['passwordPolicy.status'],
    ambient: defaults(({ name }) => /^(?:postgres|root|sqlserver|cloudsql\w+)$/.test(String(name))),
  },
  {
    type: 'google_bigquery_dataset',
    list: datasets,
    // The list has a part of each only.
    details: [{ path: `projects/{$project}/datasets/{${datasetId}}`, permission: 'bigquery.datasets.get' }],
    assets: ['bigquery.googleapis.com/Dataset'],
    id: (item, { $project }) => `projects/${$project}/datasets/${textAt(item, datasetId)}`,
    name: (item) => textAt(item, datasetId),
    metadata: ['catalogSource', 'type'],
  },
  {
    type: 'google_bigquery_table',
    list: {
      api: 'bigquery',
      path: `projects/{$project}/datasets/{$parent.${datasetId}}/tables`,
      items: 'tables',
      permission: 'bigquery.tables.list',
      query: { maxResults: '500' },
      parents: { list: datasets },
    },
    details: [
      {
        path: 'projects/{$project}/datasets/{tableReference.datasetId}/tables/{tableReference.tableId}',
        // Without the numbers of rows and bytes, which cost a look into the storage.
        query: { view: 'BASIC' },
        permission: 'bigquery.tables.get',
      },
    ],
    assets: ['bigquery.googleapis.com/Table'],
    get: (id, { $project }) => (id.startsWith(`projects/${$project}/`) ? { path: id, query: { view: 'BASIC' } } : null),
    id: (item, { $project }) =>
      `projects/${$project}/datasets/${textAt(item, 'tableReference.datasetId')}/tables/${textAt(item, 'tableReference.tableId')}`,
    name: (item) => textAt(item, 'tableReference.tableId'),
    metadata: ['streamingBuffer', 'location'],
  },
  {
    type: 'google_spanner_instance',
    list: spannerInstances,
    assets: ['spanner.googleapis.com/Instance'],
    id: (item, { $project }) => `${$project}/${lastPart(textAt(item, 'name'))}`,
    get: (id, { $project }) => ({ path: `v1/projects/${$project}/instances/${lastPart(id)}` }),
    metadata: ['state'],
  },
  {
    type: 'google_spanner_database',
    list: {
      api: 'spanner',
      path: 'v1/{+$parent.name}/databases',
      items: 'databases',
      permission: 'spanner.databases.list',
      parents: { list: spannerInstances },
      ...pageSize(500),
    },
    assets: ['spanner.googleapis.com/Database'],
    // `projects/P/instances/I/databases/D`: read alone it has no parent.
    id: (item) => {
      const [, , , instance, , database] = textAt(item, 'name').split('/')
      return `${instance}/${database}`
    },
    get: (id, { $project }) => {
      const [instance, database] = id.split('/')
      return { path: `v1/projects/${$project}/instances/${instance}/databases/${database}` }
    },
    metadata: ['state', 'earliestVersionTime', 'quorumInfo'],
  },
  {
    type: 'google_bigtable_instance',
    list: listed('bigtableadmin', 'v2 instances', 'instances', 'bigtable.instances.list'),
    assets: ['bigtableadmin.googleapis.com/Instance'],
    metadata: ['state'],
  },
  {
    type: 'google_firestore_database',
    list: listed('firestore', 'v1 databases', 'databases', 'datastore.databases.list'),
    assets: ['firestore.googleapis.com/Database'],
    // What is called `get` begins transactions.
    getPermission: 'datastore.databases.getMetadata',
    metadata: ['earliestVersionTime', 'keyPrefix'],
  },
]
