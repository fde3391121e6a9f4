import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { openFollower } from '../../api/test-follower.ts'
import { until } from '../../api/test-server.ts'
import { freePorts } from '../kafka/cluster.ts'
import { ServerProcess } from '../server-process.ts'
import { kubeApiserver } from './build.ts'
import { type KubeCluster, readAll, startCluster } from './cluster.ts'

const timeoutMs = 240_000
const inDefault = '/namespaces/default'
const deployments = `/apis/apps/v1${inDefault}/deployments`
const pods = 100

// Before the time of any test begins.
kubeApiserver()

let cluster: KubeCluster
let vaino: ServerProcess
beforeAll(async () => {
  cluster = await startCluster({ controllers: true })
  await cluster.grant('vaino', readAll)
  process.env.KUBECONFIG = await withoutServer(cluster.kubeconfig())
  vaino = new ServerProcess({ sources: [{ kind: 'kubernetes', where: '*' }], interval: '1h' })
  await vaino.start()
  await until('all kinds are watched', allFollowed, 60_000)
}, timeoutMs)
afterAll(async () => {
  await vaino?.[Symbol.asyncDispose]()
  await cluster?.[Symbol.asyncDispose]()
})

/** Adds a context whose cluster can't be reached, and another one of the same cluster, before and behind the first. */
async function withoutServer(file: string): Promise<string> {
  const config = JSON.parse(readFileSync(file, 'utf8'))
  const [port] = await freePorts(1)
  config.clusters.push({ name: 'away', cluster: { server: `https://127.0.0.1:${port}` } })
  config.contexts.unshift({ name: 'away', context: { cluster: 'away', user: 'test' } })
  config.contexts.push({ name: 'again', context: { cluster: 'test', user: 'test', namespace: 'other' } })
  writeFileSync(file, JSON.stringify(config))
  return file
}

interface Scope {
  readonly scope: string
  readonly source?: { readonly state: string }
}
const get = async <T>(path: string): Promise<T> => (await (await fetch(`${vaino.url}${path}`)).json()) as T
const scopes = async () => (await get<{ scopes: Scope[] }>('/v1/scopes')).scopes
const allFollowed = async (): Promise<boolean> => {
  const all = await scopes()
  return all.length > 20 && all.every(({ source }) => source?.state === 'following')
}

test('all clusters of the kubeconfig are watched, one source each; one that is away harms no other', async () => {
  const all = await scopes()
  expect(all.every(({ scope }) => scope.startsWith('kubernetes/test/'))).toBe(true)
  expect(vaino.stderr).toContain('kubernetes:away')
  expect(vaino.stderr).not.toContain('kubernetes:again')
})

test(
  'a rollout of 100 pods is changes of its Deployment alone',
  async () => {
    const labels = { app: 'web' }
    const podsNow = async (image: string) =>
      (await cluster.admin.list(`/api/v1${inDefault}/pods`)).filter((pod) => JSON.stringify(pod.spec).includes(image))
        .length
    await using follower = await openFollower(`${vaino.url}/v1/changes?offset=now&live=sse`)
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } }
    const spec = { replicas: pods, selector: { matchLabels: labels }, strategy: { type: 'Recreate' }, template }
    const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec }
    await cluster.admin.create(deployments, object, 'editor')
    await until('its pods are there', async () => (await podsNow('nginx:1')) === pods, 60_000)
    // Entries of managers have times in whole seconds: of two edits in one the second can't be told from a status.
    const madeAt = Math.floor(Date.now() / 1000)
    await until('another second has begun', () => Math.floor(Date.now() / 1000) > madeAt)
    const patch = { spec: { template: { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } } } }
    await cluster.admin.patch(`${deployments}/web`, patch, { manager: 'editor', type: 'strategic' })
    await until('its pods are others', async () => (await podsNow('nginx:2')) === pods, 60_000)
    // Whatever the pods made is on its way before this.
    const maps = `/api/v1${inDefault}/configmaps`
    await cluster.admin.create(maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'end' } })
    await until('the end is seen', () => follower.changes.some(({ key }) => key?.endsWith('/end') === true), 20_000)
    const others = follower.changes.filter(({ key }) => key !== 'kubernetes/test/-/ConfigMap/default/end')
    expect([...new Set(others.map(({ key }) => key))]).toEqual(['kubernetes/test/-/apps.Deployment/default/web'])
    expect(others.length).toBeLessThanOrEqual(6)
    expect(others.filter(({ actor }) => JSON.stringify(actor).includes('"editor"'))).toHaveLength(2)
  },
  timeoutMs,
)

test(
  'Jobs of a CronJob are left to it; a Job of one’s own is seen',
  async () => {
    const batch = `/apis/batch/v1${inDefault}`
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'nginx' }] } }
    const cron = await cluster.admin.create(`${batch}/cronjobs`, {
      ...{ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'cron' } },
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template } } },
    })
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'cron', uid: cron.metadata.uid, controller: true }
    const job = (name: string, ownerReferences: readonly object[]) =>
      cluster.admin.create(`${batch}/jobs`, {
        ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name, ownerReferences } },
        spec: { template },
      })
    await job('run', [owner])
    await job('own', [])
    const keys = async () =>
      (await get<{ resources: { key: string }[] }>('/v1/resources?type=batch.Job')).resources.map(({ key }) => key)
    await until('the own Job is seen', async () => (await keys()).length > 0, 20_000)
    expect(await keys()).toEqual(['kubernetes/test/-/batch.Job/default/own'])
  },
  timeoutMs,
)
