import { textAt } from '../path.ts'
import type { Row } from '../row.ts'
import { defaults, listed, listedByPlace, locationsOf, pageSize } from './row-parts.ts'

const accounts = listed('iam', 'v1 serviceAccounts', 'accounts', 'iam.serviceAccounts.list', pageSize(100))
const pools = listed(
  'iam',
  'v1 locations/global/workloadIdentityPools',
  'workloadIdentityPools',
  'iam.googleapis.com/workloadIdentityPools.list',
  pageSize(1000),
)

const keyRings = listedByPlace('cloudkms', 'v1', 'keyRings', 'cloudkms.keyRings.list', locationsOf('cloudkms'), 1000)

/** Those that Compute Engine and App Engine make. */
const isGooglesAccount = (email: unknown): boolean =>
  /^\d+-compute@developer\.gserviceaccount\.com$|@appspot\.gserviceaccount\.com$/.test(String(email))

export const identityRows: readonly Row[] = [
  {
    type: 'google_service_account',
    list: accounts,
    assets: ['iam.googleapis.com/ServiceAccount'],
    metadata: ['oauth2ClientId'],
    ambient: defaults(({ email }) => isGooglesAccount(email)),
  },
  {
    type: 'google_service_account_key',
    list: {
      api: 'iam',
      path: 'v1/{+$parent.name}/keys',
      items: 'keys',
      permission: 'iam.serviceAccountKeys.list',
      query: { keyTypes: 'USER_MANAGED' },
      parents: { list: accounts },
    },
    assets: ['iam.googleapis.com/ServiceAccountKey'],
  },
  {
    type: 'google_project_iam_custom_role',
    // The full view has the permissions. What is deleted is listed only when asked for.
    list: listed('iam', 'v1 roles', 'roles', 'iam.roles.list', { query: { pageSize: '300', view: 'FULL' } }),
    assets: ['iam.googleapis.com/Role'],
    name: (item) => textAt(item, 'name').split('/').at(-1) ?? null,
  },
  { type: 'google_iam_workload_identity_pool', list: pools, assets: ['iam.googleapis.com/WorkloadIdentityPool'] },
  {
    type: 'google_iam_workload_identity_pool_provider',
    list: {
      api: 'iam',
      path: 'v1/{+$parent.name}/providers',
      items: 'workloadIdentityPoolProviders',
      permission: 'iam.googleapis.com/workloadIdentityPoolProviders.list',
      parents: { list: pools },
      ...pageSize(100),
    },
    assets: ['iam.googleapis.com/WorkloadIdentityPoolProvider'],
  },
  {
    type: 'google_kms_key_ring',
    list: keyRings,
    assets: ['cloudkms.googleapis.com/KeyRing'],
  },
  {
    type: 'google_kms_crypto_key',
    list: {
      api: 'cloudkms',
      path: 'v1/{+$parent.name}/cryptoKeys',
      items: 'cryptoKeys',
      permission: 'cloudkms.cryptoKeys.list',
      parents: { list: keyRings },
      ...pageSize(1000),
    },
    assets: ['cloudkms.googleapis.com/CryptoKey'],
    // The next rotation moves with each that was done.
    metadata: ['primary', 'nextRotationTime'],
  },
  {
    type: 'google_secret_manager_secret',
    list: listed('secretmanager', 'v1 secrets', 'secrets', 'secretmanager.secrets.list', pageSize(1000)),
    assets: ['secretmanager.googleapis.com/Secret'],
    metadata: ['rotation.nextRotationTime'],
  },
]
