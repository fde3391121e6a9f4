import { expect, test } from 'bun:test'
import type { JsonObject } from '../../model/json.ts'
import formats from '../../test/gcp/terraform-ids.json' with { type: 'json' }
import { gcpIdentities } from './identity.ts'
import { resourceOf } from './scan/resource.ts'
import { getOf } from './table/get-of.ts'
import type { Row } from './table/row.ts'
import { listingsOf, rowOf, rows } from './table/table.ts'

const project = 'acme-shop'
const place = { $project: project, number: '123', endpoints: new Set<string>() }

/** Ids as Terraform's google provider 7.45 and its 8 set them, taken out of its source. */
const formatOf = (type: string): string => {
  const found = Object.entries(formats).find(([name]) => name === type)
  if (found === undefined) throw new Error(`nobody has looked up how Terraform writes the id of ${type}`)
  return found[1].replace('{{project}}', project)
}
const patternOf = (type: string): RegExp => new RegExp(`^${formatOf(type).replace(/\{\{[^}]*\}\}/g, '[^/]+')}$`)

/** What a thing's full path looks like by the list that has it. */
function pathsOf({ list }: Row): string[] {
  const collection = list.path.split('/').at(-1) ?? ''
  if (list.api === 'compute')
    return ['zones/z', 'regions/r', 'global'].map((at) => `projects/${project}/${at}/${collection}/x`)
  const below = listingsOf({ list })
    .toReversed()
    .map(({ path }) => {
      const name = path.split('/').at(-1) ?? ''
      // Where the places of an API are those of Compute Engine, they are its locations.
      const isPlace = name === 'locations' || name === 'regions'
      return path.includes('$parent.') || isPlace
        ? isPlace
          ? 'locations'
          : name
        : path.replace(/^.*\{\$project\}\//, '').replace(/(^|\/)-\//, '$1l/')
    })
  return [`projects/${project}/${below.map((name) => `${name}/x`).join('/')}`]
}

const usual = rows.filter(({ id, list }) => id === undefined && !list.single)

test.each(usual.map((row) => [row.type, row] as const))('the path of a %s is Terraform’s id', (type, row) => {
  expect(pathsOf(row).filter((one) => patternOf(type).test(one))).toHaveLength(1)
})

const router = { name: 'r', region: 'https://www.googleapis.com/compute/v1/projects/acme-shop/regions/europe-west1' }
const reference = { tableReference: { datasetId: 'd', tableId: 't' }, datasetReference: { datasetId: 'd' } }
const items: Readonly<Record<string, JsonObject>> = {
  google_project: { projectId: project },
  google_project_iam_policy: { bindings: [] },
  google_project_service: { name: 'projects/123/services/run.googleapis.com' },
  google_compute_project_metadata: {},
  google_compute_router_nat: { name: 'nat', $parent: router },
  google_compute_router_peer: { name: 'peer', $parent: router },
  google_compute_router_interface: { name: 'if', $parent: router },
  google_storage_bucket: { name: 'files' },
  google_storage_bucket_iam_policy: { name: 'files' },
  google_sql_database_instance: { name: 'main' },
  google_sql_database: { name: 'db', $parent: { name: 'main' } },
  google_sql_user: { name: 'anna', host: '%', $parent: { name: 'main' } },
  google_bigquery_dataset: reference,
  google_bigquery_table: reference,
  google_spanner_instance: { name: 'projects/acme-shop/instances/s' },
  google_spanner_database: {
    name: 'projects/acme-shop/instances/s/databases/d',
    $parent: { name: 'projects/acme-shop/instances/s' },
  },
  google_dns_managed_zone: { name: 'zone' },
  google_dns_record_set: { name: 'www.example.com.', type: 'A', $parent: { name: 'zone' } },
  google_dns_policy: { name: 'policy' },
  google_logging_project_sink: { name: 'sink' },
  google_logging_metric: { name: 'metric' },
  google_container_cluster: { name: 'c', location: 'l' },
  google_container_node_pool: { name: 'n', $parent: { name: 'c', location: 'l' } },
  google_dataproc_cluster: { clusterName: 'c', $parent: { name: 'europe-west1' } },
  google_cloudbuild_trigger: { id: '1-2' },
  google_org_policy_policy: { name: 'projects/123/policies/iam.disableServiceAccountKeyUpload' },
  google_pubsub_topic_iam_policy: { name: 'projects/123/topics/t' },
  google_pubsub_subscription_iam_policy: { name: 'projects/acme-shop/subscriptions/s' },
  google_service_account_iam_policy: { name: 'projects/acme-shop/serviceAccounts/a@acme-shop.iam.gserviceaccount.com' },
  google_secret_manager_secret_iam_policy: { name: 'projects/123/secrets/s' },
  google_kms_crypto_key_iam_policy: { name: 'projects/acme-shop/locations/l/keyRings/r/cryptoKeys/k' },
  google_cloud_run_v2_service_iam_policy: { name: 'projects/acme-shop/locations/l/services/s' },
  google_artifact_registry_repository_iam_policy: { name: 'projects/acme-shop/locations/l/repositories/r' },
}

const own = rows.filter((row) => !usual.includes(row))

test.each(own.map((row) => [row.type, row] as const))(
  'the id of a %s, which is put together, is Terraform’s',
  (type, row) => {
    const item = items[type]
    if (item === undefined) throw new Error(`no ${type} to try`)
    expect(resourceOf(row, structuredClone(item), place).id).toMatch(patternOf(type))
  },
)

/** As `get` answers: nothing says what they were listed below. */
test.each([
  ['google_spanner_database', { name: 'projects/acme-shop/instances/s/databases/d' }, 's/d'],
  ['google_sql_database', { name: 'db', instance: 'main' }, 'projects/acme-shop/instances/main/databases/db'],
  [
    'google_firestore_database',
    { name: 'projects/acme-shop/databases/(default)' },
    'projects/acme-shop/databases/(default)',
  ],
] as const)('a %s that is read alone has the id that it has in its list', (type, item, id) => {
  const row = rowOf(type)
  if (row === undefined) throw new Error(`no row of ${type}`)
  expect(resourceOf(row, { ...item }, place).id).toBe(id)
  const versioned = { google_spanner_database: 'v1/projects/acme-shop/instances/s/databases/d' }[type as string]
  expect(getOf(row, id, place)?.path).toBe(encodeURI(versioned ?? `v1/${id}`))
})

/** What a state of another provider's version, or of Terraform's own spelling, has. */
test.each([
  ['google_sql_database_instance', { id: 'projects/acme-shop/instances/main', name: 'main' }, 'main'],
  [
    'google_cloudbuild_trigger',
    { id: 'projects/acme-shop/triggers/1-2', trigger_id: '1-2' },
    'projects/acme-shop/locations/global/triggers/1-2',
  ],
  [
    'google_org_policy_policy',
    {
      id: 'projects/acme-shop/policies/projects/acme-shop/policies/a.b',
      parent: 'projects/acme-shop',
      name: 'projects/acme-shop/policies/a.b',
    },
    'projects/acme-shop/policies/a.b',
  ],
] as const)('a %s of a state is found under the thing’s own id', (type, attributes, id) => {
  const configuration = { ...attributes, project }
  expect(gcpIdentities.partnerOf({ id: 'x', type, provider: 'google', configuration })).toMatchObject({
    id,
    account: project,
  })
})

test('a policy of a folder is none of a project', () => {
  const configuration = { id: 'folders/1/policies/a.b', parent: 'folders/1', name: 'folders/1/policies/a.b' }
  expect(
    gcpIdentities.partnerOf({ id: 'x', type: 'google_org_policy_policy', provider: 'google', configuration }),
  ).toBeNull()
  expect(rowOf('google_org_policy_policy')).toBeDefined()
})
