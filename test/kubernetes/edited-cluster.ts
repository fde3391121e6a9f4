import { seedOf } from '../random.ts'
import { type KubeCluster, readAll, startCluster } from './cluster.ts'
import { defineKind, makeNamespace } from './custom-kind.ts'
import { CuttingProxy } from './cutting-proxy.ts'
import { Edits } from './edits.ts'
import { Watching } from './watching.ts'

export const load = '/api/v1/namespaces/load'
export const maps = `${load}/configmaps`
/** So many that edits never delete a quarter of a scope while nobody looks, which the guard would hold. */
const keptThings = 300
const things = { group: 'example.org', plural: 'things', kind: 'Thing' }

export const configMap = (name: string, data: object) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
})

/** So many at once; the client sends 32 at a time. */
export const many = <T>(count: number, work: (at: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => work(at)))

/** A cluster with config maps and objects of a custom kind, edits of both, and a vaino that watches it all through a proxy. */
export async function editedCluster(startObjects: number) {
  const cluster: KubeCluster = await startCluster({ controllers: true })
  await cluster.grant('vaino', readAll)
  await makeNamespace(cluster.admin, 'load')
  const thingsInLoad = (await defineKind(cluster.admin, things)).replace('v1/', 'v1/namespaces/load/')
  const thing = { apiVersion: 'example.org/v1', kind: 'Thing' }
  const fields = [
    { path: maps, apiVersion: 'v1', kind: 'ConfigMap' },
    { path: thingsInLoad, ...thing },
  ]
  await many(keptThings, (at) => cluster.admin.create(thingsInLoad, { ...thing, metadata: { name: `kept-${at}` } }))
  await many(startObjects, (at) => cluster.admin.create(maps, configMap(`start-${at}`, { n: '0' })))
  const proxy = await CuttingProxy.open(cluster.url)
  const kubeconfig = cluster.kubeconfig('vaino', proxy.url)
  const watching = new Watching(cluster, kubeconfig, { silence_seconds: 10, timeout_seconds: 10 })
  return {
    cluster,
    proxy,
    watching,
    edits: new Edits(cluster, fields, seedOf()),
    async [Symbol.asyncDispose]() {
      await watching[Symbol.asyncDispose]()
      proxy[Symbol.dispose]()
      await cluster[Symbol.asyncDispose]()
    },
  }
}
