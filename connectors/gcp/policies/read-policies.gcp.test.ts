import { expect, test } from 'bun:test'
import type { Resource } from '../../../model/resource.ts'
import { put, topic } from '../../../test/gcp/made.ts'
import { project, refuse, startStandIn } from '../../../test/gcp/stand-in.ts'
import { projectNumber } from '../../../test/gcp/things.ts'
import { only, openGcp, scansOf } from '../../../test/gcp/watching.ts'
import { messages } from '../../../test/sources/recording-sink.ts'
import { policyRows } from '../table/rows/policies.ts'
import { rows } from '../table/table.ts'

const inPlace = `projects/${project}/locations/europe-west1`
const bindings = [{ role: 'roles/viewer', members: ['allUsers'] }]

/** A thing of each type that has a policy. */
const things = [
  ['google_pubsub_topic', 'pubsub', 'Topic', `projects/${project}/topics/a`],
  ['google_pubsub_subscription', 'pubsub', 'Subscription', `projects/${project}/subscriptions/a`],
  [
    'google_service_account',
    'iam',
    'ServiceAccount',
    `projects/${project}/serviceAccounts/a@x.iam.gserviceaccount.com`,
  ],
  ['google_secret_manager_secret', 'secretmanager', 'Secret', `projects/${project}/secrets/a`],
  ['google_kms_crypto_key', 'cloudkms', 'CryptoKey', `${inPlace}/keyRings/r/cryptoKeys/a`],
  ['google_cloud_run_v2_service', 'run', 'GoogleCloudRunV2Service', `${inPlace}/services/a`],
  ['google_artifact_registry_repository', 'artifactregistry', 'Repository', `${inPlace}/repositories/a`],
] as const

test('each type whose policy is read has a thing here', () => {
  const types: string[] = things.map(([type]) => `${type}_iam_policy`)
  expect(policyRows(rows).map(({ type }) => type)).toEqual(types)
})

test.each(things)(
  'the policy of a %s is read under its id, with the project’s number',
  async (type, api, schema, path) => {
    await using standIn = await startStandIn()
    if (api === 'cloudkms') put(standIn, api, 'KeyRing', `${inPlace}/keyRings/r`)
    put(standIn, api, schema, path)
    standIn.store.set(`${api}-iam`, path, { version: 1, etag: 'BwAB', bindings })
    const source = openGcp(standIn, project, only(`${type}_iam_policy`))
    const [scan] = await scansOf(source)
    const expected = { id: path, type: `${type}_iam_policy`, account: project, provider: 'gcp' }
    expect(scan?.outcome?.complete).toBe(true)
    expect(scan?.resources).toMatchObject([
      {
        ...expected,
        configuration: { policy: { version: 1, bindings } },
        metadata: { projectNumber, ambient: 'default' },
      },
    ])
    const read: Resource[] = []
    const out = {
      observe: async (one: Resource) => void read.push(one),
      missed: (error: unknown) => expect(error).toBeUndefined(),
      absent: (id: string) => expect(id).toBeUndefined(),
      other: (id: string) => expect(id).toBeUndefined(),
      gone: async () => {},
    }
    const scope = scan?.scope
    if (scope === undefined || source.reread === undefined) throw new Error('nothing was read')
    await source.reread({ scope }, new Set([path]), out, new AbortController().signal)
    expect(read).toEqual([...(scan?.resources ?? [])])
  },
)

test('I5: a policy that may not be read makes its scope incomplete, names the permission, and the things are there', async () => {
  await using standIn = await startStandIn({
    interfere: ({ method, path }, answer) =>
      method === 'pubsub.projects.topics.getIamPolicy' && path.includes('/secret:')
        ? refuse(answer, 403, 'forbidden', 'denied')
        : false,
  })
  for (const name of ['open', 'secret']) topic(standIn, name)
  const scans = await scansOf(openGcp(standIn, project, only('google_pubsub_topic*')))
  const said = scans.map(({ scope, resources, outcome }) => [
    ...[scope.split('/').at(-1), resources.length, outcome?.complete, messages(outcome?.errors).join('\n')],
  ])
  expect(said).toEqual([
    ['google_pubsub_topic', 2, true, ''],
    ['google_pubsub_topic_iam_policy', 1, false, expect.stringContaining('pubsub.topics.getIamPolicy')],
  ])
})

test('policies are listed ten minutes apart at least', async () => {
  await using standIn = await startStandIn()
  for await (const targets of openGcp(standIn, project, only('google_pubsub_*')).targets(
    new AbortController().signal,
  )) {
    const rare = targets.filter(({ leastIntervalMs }) => leastIntervalMs === 600_000)
    expect(rare.map(({ scope }) => scope.split('/').at(-1))).toEqual([
      ...['google_pubsub_topic_iam_policy', 'google_pubsub_subscription_iam_policy'],
    ])
    break
  }
})
