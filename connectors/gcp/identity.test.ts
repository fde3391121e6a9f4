import { expect, test } from 'bun:test'
import type { JsonObject } from '../../model/json.ts'
import type { Resource } from '../../model/resource.ts'
import { gcpIdentities } from './identity.ts'

const instance = (type: string, configuration: JsonObject, provider = 'google'): Resource => ({
  ...{ id: `${type}.x`, type, provider, configuration, account: 'from-the-provider' },
})
const collected = (type: string, id: string, metadata: JsonObject = {}): Resource => ({
  id,
  type,
  provider: 'gcp',
  metadata,
})

test.each([
  [
    'google_compute_instance',
    { id: 'projects/acme-shop/zones/z/instances/a', project: 'acme-shop' },
    'projects/acme-shop/zones/z/instances/a',
  ],
  [
    'google_compute_network',
    { id: 'https://www.googleapis.com/compute/v1/projects/acme-shop/global/networks/a' },
    'projects/acme-shop/global/networks/a',
  ],
  ['google_storage_bucket', { id: 'files', project: 'acme-shop' }, 'files'],
  [
    'google_secret_manager_secret',
    { id: 'projects/123456789012/secrets/db', project: 'acme-shop' },
    'projects/acme-shop/secrets/db',
  ],
  ['google_sql_user', { id: 'anna//main', name: 'anna', instance: 'main', project: 'acme-shop' }, 'anna//main'],
  [
    'google_compute_router_nat',
    { id: 'acme-shop/europe-west1/r/nat', project: 'acme-shop' },
    'acme-shop/europe-west1/r/nat',
  ],
] as const)('%s of a state is what is collected under its id, in its project', (type, attributes, id) => {
  expect(gcpIdentities.partnerOf(instance(type, { ...attributes }))).toEqual({
    type,
    id,
    account: 'acme-shop',
    location: '-',
  })
})

test('a service of Cloud Run is one thing under both of Terraform’s types', () => {
  const attributes = {
    id: 'locations/l/namespaces/acme-shop/services/web',
    project: 'acme-shop',
    location: 'l',
    name: 'web',
  }
  expect(gcpIdentities.partnerOf(instance('google_cloud_run_service', attributes, 'google-beta'))).toMatchObject({
    type: 'google_cloud_run_v2_service',
    id: 'projects/acme-shop/locations/l/services/web',
  })
})

test.each([
  ['a type that is not collected', 'google_project_iam_member', { id: 'acme-shop/roles/viewer/user:anna' }, 'google'],
  ['an instance that was never made', 'google_compute_instance', {}, 'google'],
  ['another provider’s', 'google_compute_instance', { id: 'projects/p/zones/z/instances/a' }, 'acme'],
] as const)('%s has no partner', (_, type, attributes, provider) => {
  expect(gcpIdentities.partnerOf(instance(type, { ...attributes }, provider))).toBeNull()
})

test('a node pool may be its cluster’s, and a disk the instance’s that has it', () => {
  const cluster = 'projects/p/locations/l/clusters/c'
  expect(gcpIdentities.holderOf(collected('google_container_node_pool', `${cluster}/nodePools/n`))).toEqual({
    ...{ type: 'google_container_cluster', id: cluster },
  })
  const users = ['https://www.googleapis.com/compute/v1/projects/p/zones/z/instances/a']
  expect(gcpIdentities.holderOf(collected('google_compute_disk', 'projects/p/zones/z/disks/a', { users }))).toEqual({
    ...{ type: 'google_compute_instance', id: 'projects/p/zones/z/instances/a' },
  })
  expect(gcpIdentities.holderOf(collected('google_compute_disk', 'projects/p/zones/z/disks/b'))).toBeNull()
})
