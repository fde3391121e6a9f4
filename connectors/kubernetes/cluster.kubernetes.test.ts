import { afterAll, beforeAll, expect, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import { openFollower } from '../../api/test-follower.ts'
import { until } from '../../api/test-server.ts'
import { kubeApiserver } from '../../test/kubernetes/build.ts'
import { type KubeCluster, startCluster } from '../../test/kubernetes/cluster.ts'
import { defineKind } from '../../test/kubernetes/custom-kind.ts'
import { ServerProcess } from '../../test/server-process.ts'

const timeoutMs = 240_000
const inDefault = '/api/v1/namespaces/default'
const base64 = (text: string): string => Buffer.from(text).toString('base64')

// Before the time of any test begins.
kubeApiserver()

let cluster: KubeCluster
let vaino: ServerProcess
beforeAll(async () => {
  cluster = await startCluster()
  const { cert, key } = cluster.certificate
  const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) }
  process.env.KUBECONFIG = cluster.kubeconfig(user)
  vaino = new ServerProcess({ sources: [{ kind: 'kubernetes', where: 'test' }], interval: '1h' })
  await vaino.start()
  await until('all kinds are watched', allFollowed, 60_000)
}, timeoutMs)
afterAll(async () => {
  await vaino?.[Symbol.asyncDispose]()
  await cluster?.[Symbol.asyncDispose]()
})

interface Scope {
  readonly scope: string
  readonly source?: { readonly state: string }
}
const get = async <T>(path: string): Promise<T> => (await (await fetch(`${vaino.url}${path}`)).json()) as T
const scopes = async (): Promise<readonly Scope[]> => (await get<{ scopes: Scope[] }>('/v1/scopes')).scopes

/** Core kinds are there from the beginning, so none is no answer. */
const allFollowed = async (): Promise<boolean> => {
  const all = await scopes()
  return all.length > 20 && all.every(({ source }) => source?.state === 'following')
}

const isKnown = (key: string) => async (): Promise<boolean> =>
  (await fetch(`${vaino.url}/v1/resources/${encodeURIComponent(key)}`)).status === 200

const following = (): ReturnType<typeof openFollower> => openFollower(`${vaino.url}/v1/changes?offset=now&live=sse`)

test('an edit by hand is on the stream with its field, what it was, what it is, and who made it', async () => {
  const maps = `${inDefault}/configmaps`
  await cluster.admin.create(maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data: { a: '1' } })
  await until('it is known', isKnown('kubernetes/test/-/ConfigMap/default/m'))
  await using follower = await following()
  await cluster.admin.patch(`${maps}/m`, { data: { a: '2' } }, { manager: 'kubectl-edit' })
  await follower.untilChanges(1)
  expect(follower.changes).toMatchObject([
    {
      op: 'u',
      key: 'kubernetes/test/-/ConfigMap/default/m',
      actor: { type: 'field_manager', name: 'kubectl-edit', operation: 'Update' },
      fields: [{ path: 'configuration.data.a', before: '1', after: '2' }],
    },
  ])
})

test('the controller that answers an edit in the same second is named for what it wrote, and not the editor', async () => {
  const deployments = '/apis/apps/v1/namespaces/default/deployments'
  const labels = { app: 'web' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } }
  await using follower = await following()
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', labels } }
  await cluster.admin.create(
    deployments,
    { ...object, spec: { selector: { matchLabels: labels }, template } },
    'editor',
  )
  const conditions = [{ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' }]
  await cluster.admin.patch(`${deployments}/web/status`, { status: { conditions } }, { manager: 'controller' })
  await follower.untilChanges(2)
  expect(follower.changes).toMatchObject([
    { op: 'c', actor: { name: 'editor' } },
    { op: 'u', actor: { name: 'controller', subresource: 'status' } },
  ])
})

test('I9: the values of a Secret are nowhere in the data directory, and a new one is a change of its key', async () => {
  const secrets = `${inDefault}/secrets`
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } }
  await cluster.admin.create(secrets, { ...secret, stringData: { pin: '48151', token: 'planted-one' } })
  await until('it is known', isKnown('kubernetes/test/-/Secret/default/s'))
  await using follower = await following()
  await cluster.admin.patch(`${secrets}/s`, { stringData: { pin: '62342' } })
  await follower.untilChanges(1)
  expect(follower.changes[0]?.fields.map(({ path }) => path)).toEqual(['configuration.data.pin'])
  const clear = ['48151', '62342', 'planted-one'].flatMap((text) => [text, base64(text)])
  const found = (text: string): boolean => {
    try {
      execFileSync('grep', ['-rqF', text, vaino.dataDir])
      return true
    } catch (error) {
      if ((error as { status?: number }).status === 1) return false
      throw error
    }
  }
  // What is searched like that is found, if it is there.
  expect(found('configuration')).toBe(true)
  expect(clear.filter(found)).toEqual([])
})

test(
  'a kind that is defined now is watched within seconds, and its lists are compared as its schema says',
  async () => {
    const listeners = {
      type: 'array',
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, port: { type: 'integer' } },
      },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }
    const zones = { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' }
    const schema = {
      type: 'object',
      properties: { spec: { type: 'object', properties: { listeners, zones } } },
    }
    const path = await defineKind(cluster.admin, { group: 'example.org', plural: 'gates', kind: 'Gate', schema })
    const gates = path.replace('v1/', 'v1/namespaces/default/')
    await until(
      'the kind is watched',
      async () =>
        (await scopes()).some(
          ({ scope, source }) => scope.endsWith('/example.org.Gate') && source?.state === 'following',
        ),
      30_000,
    )
    const [http, tls] = [
      { name: 'http', port: 80 },
      { name: 'tls', port: 443 },
    ]
    const gate = { apiVersion: 'example.org/v1', kind: 'Gate', metadata: { name: 'g' } }
    await cluster.admin.create(gates, { ...gate, spec: { listeners: [http, tls], zones: ['a', 'b'] } })
    await until('it is known', isKnown('kubernetes/test/-/example.org.Gate/default/g'))
    await using follower = await following()
    await cluster.admin.patch(`${gates}/g`, { spec: { listeners: [tls, http], zones: ['b', 'a'] } })
    await cluster.admin.patch(`${gates}/g`, { spec: { listeners: [{ ...tls, port: 8443 }, http] } })
    await follower.untilChanges(1)
    expect(follower.changes[0]?.fields).toMatchObject([
      { path: 'configuration.spec.listeners[name=tls].port', before: 443, after: 8443 },
    ])
  },
  timeoutMs,
)
