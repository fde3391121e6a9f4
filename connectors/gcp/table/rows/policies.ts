import type { Detail, Row } from '../row.ts'

/** Policies cost a call for each thing, and what an event names is read at once. */
const leastIntervalMs = 10 * 60_000

/**
 * The policies of a type's things, one a thing, under its id.
 * @param permission `pubsub.topics.getIamPolicy`
 * @param asked how the API wants to be asked, where it isn't by `GET`
 */
function policiesOf(rows: readonly Row[], type: string, permission: string, asked: Pick<Detail, 'post'> = {}): Row {
  const of = rows.find((row) => row.type === type)
  if (of === undefined) throw new Error(`there is no row of ${type}`)
  const version = /^v\d/.exec(of.list.path)?.[0]
  return {
    type: `${type}_iam_policy`,
    list: of.list,
    assets: [],
    split: ({ name }) => [{ name: name ?? null }],
    details: [
      {
        path: `${version}/{+name}:getIamPolicy`,
        query: { 'options.requestedPolicyVersion': '3' },
        permission,
        as: 'policy',
        ...asked,
      },
    ],
    get: (id, { $project }) => (id.startsWith(`projects/${$project}/`) ? { path: `${version}/${id}` } : null),
    metadata: ['policy.etag'],
    ambient: () => 'default',
    isPolicy: true,
    leastIntervalMs,
  }
}

/** Terraform has a role and a member as types of their own too; here is one thing, of which an edit is one change. */
export const policyRows = (rows: readonly Row[]): readonly Row[] => [
  policiesOf(rows, 'google_pubsub_topic', 'pubsub.topics.getIamPolicy'),
  policiesOf(rows, 'google_pubsub_subscription', 'pubsub.subscriptions.getIamPolicy'),
  policiesOf(rows, 'google_service_account', 'iam.serviceAccounts.getIamPolicy', { post: {} }),
  policiesOf(rows, 'google_secret_manager_secret', 'secretmanager.secrets.getIamPolicy'),
  policiesOf(rows, 'google_kms_crypto_key', 'cloudkms.cryptoKeys.getIamPolicy'),
  policiesOf(rows, 'google_cloud_run_v2_service', 'run.services.getIamPolicy'),
  policiesOf(rows, 'google_artifact_registry_repository', 'artifactregistry.repositories.getIamPolicy'),
]
