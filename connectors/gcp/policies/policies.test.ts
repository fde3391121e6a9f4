import { expect, test } from 'bun:test'
import type { JsonObject } from '../../../model/json.ts'
import type { Resource } from '../../../model/resource.ts'
import { gcpIdentities } from '../identity.ts'
import { policyParts } from './policies.ts'

const anna = 'user:anna@example.com'
const instance = (type: string, configuration: JsonObject): Resource => ({
  ...{ id: `${type}.x`, type, provider: 'google', configuration },
})
const bucketPolicy = (bindings: JsonObject[]): Resource => ({
  ...{ id: 'b/files', type: 'google_storage_bucket_iam_policy', provider: 'gcp', account: 'acme-shop' },
  configuration: { name: 'files', policy: { version: 3, bindings } },
  metadata: { projectNumber: '1' },
})
const viewers = { role: 'roles/storage.objectViewer', members: [anna] }

test('members, roles and policies of a project and of a bucket stand for one collected policy', () => {
  const of = { role: 'roles/viewer', member: anna, members: [anna], policy_data: '{}' }
  for (const part of ['member', 'binding', 'policy']) {
    expect(
      gcpIdentities.partnerOf(instance(`google_project_iam_${part}`, { ...of, project: 'acme-shop' })),
    ).toMatchObject({
      ...{ type: 'google_project_iam_policy', id: 'acme-shop', account: 'acme-shop' },
    })
    expect(
      gcpIdentities.partnerOf(instance(`google_storage_bucket_iam_${part}`, { ...of, bucket: 'b/files' })),
    ).toMatchObject({
      ...{ type: 'google_storage_bucket_iam_policy', id: 'b/files' },
    })
    // Their policies are not read.
    expect(gcpIdentities.partnerOf(instance(`google_pubsub_schema_iam_${part}`, { ...of, schema: 's' }))).toBeNull()
  }
})

const p = 'projects/acme-shop'
const robot = 'a@acme-shop.iam.gserviceaccount.com'
test.each([
  ['google_pubsub_topic', { topic: 'jobs', project: 'acme-shop' }, `${p}/topics/jobs`],
  ['google_pubsub_topic', { topic: `${p}/topics/jobs` }, `${p}/topics/jobs`],
  ['google_pubsub_subscription', { subscription: 'jobs', project: p }, `${p}/subscriptions/jobs`],
  ['google_service_account', { service_account_id: `${p}/serviceAccounts/${robot}` }, `${p}/serviceAccounts/${robot}`],
  [
    'google_service_account',
    { service_account_id: `projects/-/serviceAccounts/${robot}` },
    `${p}/serviceAccounts/${robot}`,
  ],
  ['google_secret_manager_secret', { secret_id: 'projects/123/secrets/db', project: 'acme-shop' }, `${p}/secrets/db`],
  [
    'google_kms_crypto_key',
    { crypto_key_id: 'acme-shop/eu/ring/key' },
    `${p}/locations/eu/keyRings/ring/cryptoKeys/key`,
  ],
  [
    'google_artifact_registry_repository',
    { repository: 'images', location: 'eu', project: 'acme-shop' },
    `${p}/locations/eu/repositories/images`,
  ],
  [
    'google_cloud_run_v2_service',
    { name: 'web', location: 'eu', project: 'acme-shop' },
    `${p}/locations/eu/services/web`,
  ],
] as const)('a member of the policy of a %s is a part of that policy', (type, at, id) => {
  const partner = gcpIdentities.partnerOf(instance(`${type}_iam_member`, { role: 'roles/x', member: anna, ...at }))
  expect(partner).toMatchObject({ type: `${type}_iam_policy`, id, account: 'acme-shop', location: '-' })
})

test('both of Terraform’s types of a service of Cloud Run write one policy', () => {
  const of = { role: 'roles/run.invoker', member: 'allUsers', project: 'acme-shop', location: 'eu', service: 'web' }
  expect(gcpIdentities.partnerOf(instance('google_cloud_run_service_iam_member', of))).toMatchObject({
    ...{ type: 'google_cloud_run_v2_service_iam_policy', id: `${p}/locations/eu/services/web` },
  })
})

test('a member of a bucket is found whatever the case of its address, and its subject of a pool is not', () => {
  const compare = (wanted: string, there: string) =>
    policyParts.compare(
      instance('google_storage_bucket_iam_member', { role: viewers.role, member: wanted }),
      bucketPolicy([{ ...viewers, members: [there] }]),
    ).kind
  expect(compare('user:Anna@Example.com', anna)).toBe('same')
  const subject = 'principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/'
  expect(compare(`${subject}A`, `${subject}a`)).toBe('absent')
})

test('a condition is part of what a member has', () => {
  const condition = { title: 'night', description: '', expression: 'a' }
  const wanted = instance('google_storage_bucket_iam_member', {
    role: viewers.role,
    member: anna,
    condition: [condition],
  })
  const compare = (there: JsonObject) => policyParts.compare(wanted, bucketPolicy([{ ...viewers, ...there }])).kind
  expect(compare({ condition: { title: 'night', expression: 'a' } })).toBe('same')
  expect(compare({ condition: { title: 'night', expression: 'b' } })).toBe('absent')
  expect(compare({})).toBe('absent')
})

test('two conditions of one title are two parts', () => {
  const conditions = ['a', 'b'].map((expression) => ({ ...viewers, condition: { title: 'night', expression } }))
  const ids = policyParts.partsOf(bucketPolicy(conditions)).map(({ resource }) => resource.id)
  expect(ids[0]).toBe(`b/files roles/storage.objectViewer ${anna} night`)
  expect(ids[1]).toMatch(/ night [0-9a-f]{8}$/)
  expect(ids.map(policyParts.wholeOf)).toEqual(['b/files', 'b/files'])
})

test('what Google puts into policies is nobody’s', () => {
  const members = ['projectEditor:acme-shop', 'deleted:user:bob@example.com?uid=1']
  const there = bucketPolicy([{ role: 'roles/storage.legacyBucketOwner', members }])
  expect(policyParts.partsOf(there)).toEqual([])
  const own = [
    ['roles/compute.serviceAgent', 'service-1@compute-system.iam.gserviceaccount.com'],
    ['roles/editor', 'acme-shop@appspot.gserviceaccount.com'],
    ['roles/editor', '1-compute@developer.gserviceaccount.com'],
  ]
  // Roles that somebody gave: to a default account, to accounts that are named as Google's, to those of another project.
  const given = [
    ['roles/editor', '2-compute@developer.gserviceaccount.com'],
    ['roles/cloudbuild.builds.builder', '2@cloudbuild.gserviceaccount.com'],
    ['roles/compute.serviceAgent', 'service-2@compute-system.iam.gserviceaccount.com'],
    ['roles/owner', '1-compute@developer.gserviceaccount.com'],
    ['roles/owner', 'service-123456@somebodys-project.iam.gserviceaccount.com'],
    ['roles/editor', 'another@appspot.gserviceaccount.com'],
  ]
  const partsOf = (all: readonly string[][]) =>
    all.flatMap(([role = '', email]) =>
      policyParts.partsOf(bucketPolicy([{ role, members: [`serviceAccount:${email}`] }])),
    )
  expect(partsOf(own)).toEqual([])
  expect(partsOf(given)).toHaveLength(given.length)
  // Whose they are is not known where the project's number isn't.
  const [elsewhere = []] = given
  const unknown = {
    ...bucketPolicy([{ role: 'roles/editor', members: [`serviceAccount:${elsewhere[1]}`] }]),
    metadata: {},
  }
  expect(policyParts.partsOf(unknown)).toEqual([])
})

test('a policy whose text can’t be read says nothing', () => {
  const wanted = instance('google_storage_bucket_iam_policy', { policy_data: '(masked)' })
  expect(policyParts.compare(wanted, bucketPolicy([viewers]))).toEqual({ kind: 'unknown' })
})
