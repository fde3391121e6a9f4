import { afterAll, beforeAll, expect, test } from 'bun:test'
import { until } from '../../api/test-server.ts'
import { kubeApiserver } from './build.ts'
import { type KubeCluster, readAll, startCluster } from './cluster.ts'
import { makeNamespace } from './custom-kind.ts'
import { configMap, many } from './edited-cluster.ts'
import { Watching } from './watching.ts'

const timeoutMs = 240_000
const passing = '/api/v1/namespaces/passing'

// Before the time of any test begins.
kubeApiserver()

let cluster: KubeCluster
beforeAll(async () => {
  cluster = await startCluster({ controllers: true })
  await cluster.grant('vaino', readAll)
  await makeNamespace(cluster.admin, 'passing')
  await many(50, (at) => cluster.admin.create(`${passing}/configmaps`, configMap(`one-${at}`, { n: '0' })))
}, timeoutMs)
afterAll(() => cluster?.[Symbol.asyncDispose]())

test(
  'I6: a vaino that dies while a namespace is deleted holds what it finds missing, and deletes it when a second list agrees',
  async () => {
    await using watching = new Watching(cluster, cluster.kubeconfig('vaino'), { interval: '10s' })
    await watching.start()
    const held = async () => (await watching.scopes()).flatMap(({ scope, held }) => (held === null ? [] : [scope]))
    const before = await watching.changeCount()
    await watching.vaino.kill()
    await cluster.admin.delete(passing)
    await until('it is gone', async () => (await cluster.admin.send('GET', passing)).status === 404, 60_000)
    await watching.vaino.start()
    await until('its deletes are held', async () => (await held()).length > 0, 60_000)
    expect(await held()).toEqual(['kubernetes/test/-/ConfigMap'])
    await watching.settled()
    expect(await held()).toEqual([])
    // The namespace, its config maps, and the one that the controllers put into each namespace.
    expect(await watching.misreported()).toEqual([])
    expect((await watching.changeCount()) - before).toBeGreaterThan(50)
  },
  timeoutMs,
)
