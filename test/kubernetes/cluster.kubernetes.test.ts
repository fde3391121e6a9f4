import { afterAll, beforeAll, expect, test } from 'bun:test'
import { setTimeout } from 'node:timers/promises'
import { until } from '../../api/test-server.ts'
import { kubeApiserver } from './build.ts'
import { KubeClient } from './client.ts'
import { type KubeCluster, readAll, startCluster } from './cluster.ts'
import { defineKind, makeNamespace, removeKind } from './custom-kind.ts'
import { listAll, servedKinds } from './discovery.ts'

const timeoutMs = 120_000
const maps = '/api/v1/namespaces/default/configmaps'
const configMap = (name: string, data: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
})

// Before the time of any test begins.
kubeApiserver()

let cluster: KubeCluster
beforeAll(async () => {
  cluster = await startCluster({ controllers: true })
}, timeoutMs)
afterAll(() => cluster?.[Symbol.asyncDispose]())

const statusOf = async (path: string, client = cluster.admin) => (await client.send('GET', path)).status

test('objects keep who wrote which field', async () => {
  await cluster.admin.create(maps, configMap('fields', { a: '1' }), 'maker')
  await cluster.admin.patch(`${maps}/fields`, { data: { b: '2' } }, { manager: 'editor' })
  await cluster.admin.apply(`${maps}/fields`, configMap('fields', { c: '3' }), { manager: 'applier' })
  const { data, metadata } = await cluster.admin.get(`${maps}/fields`)
  expect(data).toEqual({ a: '1', b: '2', c: '3' })
  const managers = (metadata.managedFields as { manager: string }[]).map(({ manager }) => manager)
  expect(managers.toSorted()).toEqual(['applier', 'editor', 'maker'])
  const conflict = cluster.admin.apply(`${maps}/fields`, configMap('fields', { a: '9' }), {
    manager: 'other',
    force: false,
  })
  expect(conflict).rejects.toThrow('409')
})

test(
  'what was there before a crash is there after it, and older versions are gone',
  async () => {
    const { metadata } = await cluster.admin.create(maps, configMap('kept', { a: '1' }))
    await cluster.restart({ watchCache: false })
    expect((await cluster.admin.get(`${maps}/kept`)).metadata.uid).toBe(metadata.uid ?? '')
    await cluster.admin.patch(`${maps}/kept`, { data: { a: '2' } })
    await cluster.compact()
    const { text } = await cluster.admin.send(
      'GET',
      `${maps}?watch=1&timeoutSeconds=5&resourceVersion=${metadata.resourceVersion}`,
    )
    expect(text).toContain('"code":410')
    await cluster.restart({ watchCache: true })
  },
  timeoutMs,
)

test(
  'a stopped server answers nothing until it goes on',
  async () => {
    await cluster.server.hang()
    let answered = false
    const answer = statusOf(`${maps}/nothing`).then((status) => {
      answered = true
      return status
    })
    // Nothing can be waited for where nothing is to happen.
    await setTimeout(200)
    expect(answered).toBe(false)
    cluster.server.goOn()
    expect(await answer).toBe(404)
  },
  timeoutMs,
)

test('a user may do what it was granted until that is taken away', async () => {
  using client = cluster.client('alice')
  expect(await statusOf(maps, client)).toBe(403)
  await cluster.grant('alice', readAll)
  await until('alice may read', async () => (await statusOf(maps, client)) === 200)
  expect((await client.send('DELETE', `${maps}/nothing`)).status).toBe(403)
  await cluster.revoke('alice')
  await until('alice may not read', async () => (await statusOf(maps, client)) === 403)
})

test(
  'a service account is who it is until its token expires',
  async () => {
    await cluster.admin.create('/api/v1/namespaces/default/serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'robot' },
    })
    using lasting = new KubeClient(cluster.url, cluster.ca, await cluster.serviceAccountToken('default', 'robot', 3600))
    using short = new KubeClient(cluster.url, cluster.ca, await cluster.serviceAccountToken('default', 'robot', 2))
    expect(await statusOf(maps, short)).toBe(403)
    await until('the token has expired', async () => (await statusOf(maps, short)) === 401, 30_000)
    expect(await statusOf(maps, lasting)).toBe(403)
  },
  timeoutMs,
)

test(
  'a kind comes with its definition and goes with it',
  async () => {
    const widgets = { group: 'example.org', plural: 'widgets', kind: 'Widget' }
    const path = await defineKind(cluster.admin, widgets)
    await cluster.admin.create(path.replace('v1/', 'v1/namespaces/default/'), {
      apiVersion: 'example.org/v1',
      kind: 'Widget',
      metadata: { name: 'one' },
      spec: { size: 1 },
    })
    const kinds = await servedKinds(cluster.admin)
    expect(kinds.filter(({ kind }) => kind === 'Widget')).toHaveLength(1)
    const objects = await listAll(cluster.admin, kinds)
    expect(objects.filter(({ kind, object }) => kind.kind === 'Widget' && object.metadata.name === 'one')).toHaveLength(
      1,
    )
    expect(objects.filter(({ kind }) => kind.kind === 'ClusterRole').length).toBeGreaterThan(50)
    await removeKind(cluster.admin, widgets)
    await until('its objects are not served', async () => (await statusOf(path)) === 404)
  },
  timeoutMs,
)

test(
  'a namespace takes its objects with it',
  async () => {
    await makeNamespace(cluster.admin, 'passing')
    const passing = '/api/v1/namespaces/passing'
    await cluster.admin.create(`${passing}/configmaps`, configMap('one'))
    await cluster.admin.delete(passing)
    await until('the namespace is gone', async () => (await statusOf(passing)) === 404, 60_000)
    expect(await statusOf(`${passing}/configmaps/one`)).toBe(404)
  },
  timeoutMs,
)

test(
  'a Deployment makes Pods, which go with it',
  async () => {
    const labels = { app: 'web' }
    const deployments = '/apis/apps/v1/namespaces/default/deployments'
    await cluster.admin.create(deployments, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
      },
    })
    const pods = () => cluster.admin.list('/api/v1/namespaces/default/pods')
    await until('it has its Pods', async () => (await pods()).length === 2, 30_000)
    await cluster.admin.delete(`${deployments}/web`, 'Background')
    await until('its Pods are gone', async () => (await pods()).length === 0, 60_000)
  },
  timeoutMs,
)

test(
  'an older server has no WatchList, and ends watches early',
  async () => {
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
    const begins = async () => cluster.admin.send('GET', `${maps}?${query}&timeoutSeconds=1`)
    expect((await begins()).text).toContain('k8s.io/initial-events-end')
    await cluster.restart({ watchList: false, watchSeconds: 1 })
    expect((await begins()).status).toBe(422)
    expect(await statusOf(`${maps}?watch=1`)).toBe(200)
  },
  timeoutMs,
)
