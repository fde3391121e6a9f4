import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { openFollower } from '../../api/test-follower.ts'
import { until } from '../../api/test-server.ts'
import { kubeApiserver } from './build.ts'
import type { KubeCluster } from './cluster.ts'
import { defineKind, makeNamespace, removeKind } from './custom-kind.ts'
import { configMap, editedCluster, load, many, maps } from './edited-cluster.ts'
import type { Edits } from './edits.ts'
import type { Watching } from './watching.ts'

const timeoutMs = 240_000
/** `KUBE_OBJECTS=10000` looks harder. */
const startObjects = Number(process.env.KUBE_OBJECTS ?? 1000)
const patchedAtOnce = startObjects / 2

// Before the time of any test begins.
kubeApiserver()

let running: Awaited<ReturnType<typeof editedCluster>>
let cluster: KubeCluster
let watching: Watching
let edits: Edits

beforeAll(async () => {
  running = await editedCluster(startObjects)
  ;({ cluster, watching, edits } = running)
  await watching.start(120_000)
}, timeoutMs)

afterAll(() => running?.[Symbol.asyncDispose]())

// Whatever happened, vaino knows what is there, and has reported it once.
afterEach(async () => {
  await watching.settled(120_000)
  expect(await watching.misreported()).toEqual([])
}, timeoutMs)

test('what is there at the start is no change', async () => {
  const state = await watching.state()
  expect(state.filter(({ resource }) => resource.id.startsWith('load/start-'))).toHaveLength(startObjects)
  const { changes } = await watching.get<{ changes: { op: string }[] }>('/v1/changes?offset=-1&limit=1000')
  expect(new Set(changes.map(({ op }) => op))).toEqual(new Set(['r']))
})

test('an edit is streamed with its field, what it was, what it is and who made it', async () => {
  await using follower = await openFollower(`${watching.vaino.url}/v1/changes?offset=now&live=sse&op=u`)
  await cluster.admin.patch(`${maps}/start-1`, { data: { n: '1' } }, { manager: 'kubectl-edit' })
  await follower.untilChanges(1)
  const [change] = follower.changes
  expect(change?.fields).toMatchObject([{ path: 'configuration.data.n', before: '0', after: '1' }])
  expect(change?.actor).toMatchObject({ name: 'kubectl-edit' })
})

test(
  'each of many patches at once is one change',
  async () => {
    const before = await watching.changeCount()
    await many(patchedAtOnce, (at) => cluster.admin.patch(`${maps}/start-${10 + at}`, { data: { n: '1' } }))
    await watching.settled(120_000)
    expect((await watching.changeCount()) - before).toBe(patchedAtOnce)
  },
  timeoutMs,
)

test(
  'leases, heartbeats, patches of nothing and managers of fields are no changes',
  async () => {
    const { admin } = cluster
    const leases = `${load.replace('/api/v1', '/apis/coordination.k8s.io/v1')}/leases`
    await admin.create(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'leader' } })
    await admin.create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node' } })
    const beat = (at: number) => ({
      status: {
        conditions: [
          { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: `2026-01-01T00:00:${10 + at}Z` },
        ],
      },
    })
    await admin.patch('/api/v1/nodes/node/status', beat(0), { type: 'strategic' })
    await watching.settled()
    const before = await watching.changeCount()
    for (let at = 1; at <= 10; at++) {
      await admin.patch(`${leases}/leader`, { spec: { renewTime: `2026-01-01T00:00:${10 + at}.000000Z` } })
      await admin.patch('/api/v1/nodes/node/status', beat(at), { type: 'strategic' })
      await admin.patch(`${maps}/start-1`, { data: { n: '1' } }, { manager: `manager-${at}` })
      await admin.apply(`${maps}/start-2`, configMap('start-2', { n: '0' }), { manager: `applier-${at}` })
    }
    // What comes after the noise has been seen, so the noise has.
    await admin.patch(`${maps}/start-3`, { data: { n: '1' } })
    await admin.patch('/api/v1/nodes/node', { metadata: { labels: { zone: 'a' } } })
    await watching.settled()
    expect((await watching.changeCount()) - before).toBe(2)
  },
  timeoutMs,
)

test(
  'I5: an API server that is killed under watch and started again loses and repeats nothing',
  async () => {
    edits.start()
    await edits.goOn(100)
    await cluster.server.kill()
    await cluster.start()
    await edits.goOn(100)
    await edits.stop()
  },
  timeoutMs,
)

test(
  'I5: an API server that hangs has every scope failing within the deadlines, deletes nothing, and is followed again when it goes on',
  async () => {
    const known = (await watching.state()).length
    const statuses = async () => [...new Set((await watching.scopes()).map(({ status }) => status))].join()
    await cluster.server.hang()
    try {
      // 10 s of silence, 10 s for an answer, and what a busy machine adds.
      await until('every scope fails', async () => (await statuses()) === 'failing', 90_000)
      const [scope] = await watching.scopes()
      expect(scope?.errors[0]?.message).toContain('sent nothing for 10 s')
      expect((await watching.state()).length).toBe(known)
    } finally {
      cluster.server.goOn()
    }
    await until('every scope is fresh', async () => (await statuses()) === 'fresh', 90_000)
    await cluster.admin.patch(`${maps}/start-4`, { data: { n: '2' } })
  },
  timeoutMs,
)

test(
  'a kind that is defined, changed and removed is followed, with its objects',
  async () => {
    const gadgets = { group: 'example.org', plural: 'gadgets', kind: 'Gadget' }
    const path = (await defineKind(cluster.admin, gadgets)).replace('v1/', 'v1/namespaces/load/')
    const gadget = { apiVersion: 'example.org/v1', kind: 'Gadget', metadata: { name: 'one' }, data: { n: '1' } }
    await cluster.admin.create(path, gadget)
    await watching.settled()
    await defineKind(cluster.admin, {
      ...gadgets,
      schema: { type: 'object', properties: { data: { type: 'object', additionalProperties: { type: 'string' } } } },
    })
    await cluster.admin.patch(`${path}/one`, { data: { n: '2' } })
    await watching.settled()
    await removeKind(cluster.admin, gadgets)
  },
  timeoutMs,
)

test(
  'a namespace that is deleted takes its objects out of the state',
  async () => {
    await makeNamespace(cluster.admin, 'passing')
    const passing = '/api/v1/namespaces/passing'
    await many(200, (at) => cluster.admin.create(`${passing}/configmaps`, configMap(`one-${at}`, {})))
    await watching.settled()
    await cluster.admin.delete(passing)
    await until('it is gone', async () => (await cluster.admin.send('GET', passing)).status === 404, 120_000)
  },
  timeoutMs,
)
