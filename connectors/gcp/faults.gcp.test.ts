import { expect, test } from 'bun:test'
import type { JsonObject } from '../../model/json.ts'
import { firewall, instance, put, topic } from '../../test/gcp/made.ts'
import type { Interference, Settings } from '../../test/gcp/question.ts'
import { project, refuse, startStandIn } from '../../test/gcp/stand-in.ts'
import { projectNumber } from '../../test/gcp/things.ts'
import { only, openGcp, scansOf } from '../../test/gcp/watching.ts'
import { messages } from '../../test/sources/recording-sink.ts'

/** One type's scan of a stand-in with these things in it. */
async function scanned(
  type: string,
  settings: Settings,
  make: (standIn: Awaited<ReturnType<typeof startStandIn>>) => void,
  options: JsonObject = {},
) {
  await using standIn = await startStandIn(settings)
  make(standIn)
  const [scan] = await scansOf(openGcp(standIn, project, { ...only(type), ...options }))
  return {
    ids: scan?.resources.map(({ id }) => id) ?? [],
    isComplete: scan?.outcome?.complete,
    errors: messages(scan?.outcome?.errors).join('\n'),
  }
}

const answering =
  (method: string, status: number, body: string, type = 'application/json'): Interference =>
  (called, answer) => {
    if (called.method !== method) return false
    answer.writeHead(status, { 'content-type': type }).end(body)
    return true
  }

const inPlaces = `projects/${project}/locations/europe-west1`

test.each([
  [
    'google_compute_instance',
    'zones/europe-west1-c',
    'compute',
    'Instance',
    `projects/${project}/zones/europe-west1-c/instances/a`,
  ],
  ['google_pubsub_topic', null, 'pubsub', 'Topic', `projects/${project}/topics/a`],
  ['google_redis_instance', 'locations/europe-west1', 'redis', 'Instance', `${inPlaces}/instances/a`],
  ['google_container_cluster', 'locations/europe-west1', 'container', 'Cluster', `${inPlaces}/clusters/a`],
  [
    'google_cloudfunctions2_function',
    'locations/europe-west1',
    'cloudfunctions',
    'Function',
    `${inPlaces}/functions/a`,
  ],
  ['google_cloud_run_v2_service', 'locations/europe-west1', 'run', 'GoogleCloudRunV2Service', `${inPlaces}/services/a`],
] as const)(
  'I5: a place that %s can’t be read from makes the scan incomplete, by its name',
  async (type, place, api, schema, path) => {
    const { isComplete, errors, ids } = await scanned(
      type,
      place === null ? {} : { unreachable: [place] },
      (standIn) => void put(standIn, api, schema, path),
    )
    expect(isComplete).toBe(place === null)
    expect(ids).toHaveLength(place === null ? 1 : 0)
    if (place !== null) expect(errors).toContain(`${place} could not be reached`)
  },
)

test.each([
  [
    'warnings of Cloud SQL',
    'google_sql_database_instance',
    'sql.instances.list',
    { warnings: [{ code: 'REGION_UNREACHABLE', region: 'europe-west1' }] },
  ],
  [
    'a warning beside the whole list',
    'google_compute_firewall',
    'compute.firewalls.list',
    { items: [], warning: { code: 'UNREACHABLE' } },
  ],
  ['unreachables', 'google_compute_network', 'compute.networks.list', { items: [], unreachables: ['europe-west1'] }],
  [
    'missingZones',
    'google_container_cluster',
    'container.projects.locations.clusters.list',
    { clusters: [], missingZones: ['europe-west1-c'] },
  ],
  [
    'unreachable',
    'google_storage_bucket',
    'storage.buckets.list',
    { items: [], unreachable: ['projects/_/buckets/a'] },
  ],
  [
    'failedLocations',
    'google_bigtable_instance',
    'bigtableadmin.projects.instances.list',
    { failedLocations: ['projects/p/locations/europe-west1-b'] },
  ],
] as const)('I5: %s make an answer incomplete', async (_, type, method, body) => {
  const { isComplete, errors } = await scanned(
    type,
    { interfere: answering(method, 200, JSON.stringify(body)) },
    () => {},
  )
  expect(isComplete).toBe(false)
  expect(errors).toContain('could not be reached')
})

test.each([
  ['an answer of something else', JSON.stringify({ message: 'welcome' })],
  ['an empty answer', ''],
  ['an error with a status of success', JSON.stringify({ error: { code: 503 } })],
  ['a list that is none', JSON.stringify({ items: 'many' })],
  ['a page that leads to itself', JSON.stringify({ items: [], nextPageToken: 'again' })],
] as const)('I5: %s is no empty list', async (_, body) => {
  const { isComplete } = await scanned(
    'google_compute_firewall',
    { interfere: answering('compute.firewalls.list', 200, body) },
    (standIn) => void firewall(standIn, 'ssh'),
  )
  expect(isComplete).toBe(false)
})

test('a list that is left out because it is empty is an empty one', async () => {
  expect(await scanned('google_compute_firewall', {}, () => {})).toEqual({ ids: [], isComplete: true, errors: '' })
})

const disabledFor =
  (consumer: string): Interference =>
  (called, answer) =>
    called.method === 'pubsub.projects.topics.list' &&
    refuse(answer, 403, 'accessNotConfigured', 'The API is disabled', {
      details: [
        { reason: 'SERVICE_DISABLED', domain: 'googleapis.com', metadata: { consumer: `projects/${consumer}` } },
      ],
    })

test('an API that is not enabled in the project has nothing there, which is complete', async () => {
  const { isComplete, ids } = await scanned('google_pubsub_topic', { disabledApis: ['pubsub'] }, () => {})
  expect([isComplete, ids]).toEqual([true, []])
  const named = await scanned('google_pubsub_topic', { interfere: disabledFor(project) }, () => {})
  expect(named.isComplete).toBe(true)
})

test('I5: an API that is not enabled in the project that pays for the calls says nothing of the one that is read', async () => {
  const { isComplete, errors } = await scanned(
    'google_pubsub_topic',
    { interfere: disabledFor('999999999999') },
    (standIn) => void topic(standIn, 'a'),
  )
  expect(isComplete).toBe(false)
  expect(errors).toContain('failed: The API is disabled')
})

test.each([
  [403, 'rateLimitExceeded'],
  [403, 'userRateLimitExceeded'],
  [429, 'rateLimitExceeded'],
  [500, 'backendError'],
  [503, 'backendError'],
] as const)('a refusal with %d %s is asked again', async (status, reason) => {
  let refusals = 2
  const interfere: Interference = ({ method }, answer) =>
    method === 'compute.firewalls.list' && refusals-- > 0 && refuse(answer, status, reason, 'later')
  const { isComplete, ids } = await scanned(
    'google_compute_firewall',
    { interfere },
    (standIn) => void firewall(standIn, 'ssh'),
  )
  expect([isComplete, ids]).toEqual([true, [`projects/${project}/global/firewalls/ssh`]])
})

test('I5: a denial names the permission, and is asked once', async () => {
  let calls = 0
  const interfere: Interference = ({ method }, answer) =>
    method === 'compute.firewalls.list' && ++calls > 0 && refuse(answer, 403, 'forbidden', 'no')
  const { errors } = await scanned('google_compute_firewall', { interfere }, () => {})
  expect(errors).toContain('compute.firewalls.list is denied: no (HTTP 403)')
  expect(calls).toBe(1)
})

test('a token that Google refuses is asked for anew, once', async () => {
  let refusals = 1
  const interfere: Interference = ({ method }, answer) =>
    method === 'compute.firewalls.list' && refusals-- > 0 && refuse(answer, 401, 'authError', 'Invalid Credentials')
  const { isComplete } = await scanned(
    'google_compute_firewall',
    { interfere },
    (standIn) => void firewall(standIn, 'ssh'),
  )
  expect(isComplete).toBe(true)
})

test('I5: below parents one list that is denied leaves the others, and is named', async () => {
  const interfere: Interference = ({ method, path }, answer) =>
    method === 'bigquery.tables.list' && path.includes('/b/') && refuse(answer, 403, 'accessDenied', 'not yours')
  const { isComplete, ids, errors } = await scanned('google_bigquery_table', { interfere }, (standIn) => {
    for (const datasetId of ['a', 'b']) {
      put(standIn, 'bigquery', 'Dataset', `projects/${project}/datasets/${datasetId}`, {
        datasetReference: { datasetId },
      })
      put(standIn, 'bigquery', 'Table', `projects/${project}/datasets/${datasetId}/tables/t`, {
        tableReference: { datasetId, tableId: 't' },
      })
    }
  })
  expect(errors).toBe(`project ${project}: bigquery.tables.list is denied: not yours (HTTP 403)`)
  expect([isComplete, ids]).toEqual([false, [`projects/${project}/datasets/a/tables/t`]])
})

test('of a project that is being deleted its own state is read, and nothing else', async () => {
  await using standIn = await startStandIn({
    projects: { [project]: { number: projectNumber, state: 'DELETE_REQUESTED' } },
  })
  instance(standIn, 'web-1')
  const scans = await scansOf(openGcp(standIn))
  expect(scans.map(({ scope }): string => scope)).toEqual([`gcp/${project}/-/google_project`])
  expect(scans[0]?.resources[0]?.configuration).toMatchObject({ state: 'DELETE_REQUESTED' })
})

test('all projects below an organization are found, in its folders too', async () => {
  await using standIn = await startStandIn({
    projects: {
      'acme-root': { number: '1', state: 'ACTIVE', parent: 'organizations/9' },
      'acme-shop': { number: '2', state: 'ACTIVE', parent: 'folders/1' },
      'acme-other': { number: '3', state: 'ACTIVE', parent: 'folders/7' },
    },
  })
  const scans = await scansOf(openGcp(standIn, 'organizations/9', only('google_compute_firewall')))
  expect(scans.map(({ scope }): string => scope).sort()).toEqual([
    'gcp/acme-root/-/google_compute_firewall',
    'gcp/acme-shop/-/google_compute_firewall',
  ])
})

test('what was deleted and made anew under its name has another uid', async () => {
  await using standIn = await startStandIn()
  const source = openGcp(standIn, project, only('google_compute_instance'))
  const uid = async () => (await scansOf(source))[0]?.resources[0]?.uid
  instance(standIn, 'web-1')
  const first = await uid()
  expect(first).toMatch(/^\d+$/)
  instance(standIn, 'web-1')
  expect(await uid()).not.toBe(first)
})

test('I9: values of an environment are no clear text, whatever they are called', async () => {
  await using standIn = await startStandIn()
  const env = [{ name: 'GREETING', value: 'hello-from-the-environment' }]
  put(standIn, 'run', 'GoogleCloudRunV2Service', `${inPlaces}/services/web`, { template: { containers: [{ env }] } })
  put(standIn, 'cloudfunctions', 'Function', `${inPlaces}/functions/f`, {
    serviceConfig: { environmentVariables: { GREETING: 'hello-from-the-environment' } },
  })
  const types = ['google_cloud_run_v2_service', 'google_cloudfunctions2_function']
  const scans = await scansOf(openGcp(standIn, project, only(...types)))
  expect(scans.flatMap(({ resources }) => resources)).toHaveLength(2)
  expect(JSON.stringify(scans)).not.toContain('hello-from-the-environment')
})
