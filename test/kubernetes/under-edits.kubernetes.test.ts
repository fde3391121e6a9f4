import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { until } from '../../api/test-server.ts'
import { kubeApiserver } from './build.ts'
import { editedCluster, many, maps } from './edited-cluster.ts'

const timeoutMs = 240_000
const flow = '/apis/flowcontrol.apiserver.k8s.io/v1'
/** So many events come faster than a server keeps for one who doesn't read them. */
const burst = Number(process.env.KUBE_OBJECTS ?? 1000)

// Before the time of any test begins.
kubeApiserver()

let at: Awaited<ReturnType<typeof editedCluster>>
beforeAll(async () => {
  at = await editedCluster(burst)
  await at.watching.start(120_000)
}, timeoutMs)
afterAll(() => at?.[Symbol.asyncDispose]())

// Whatever happens while the edits go on, vaino knows what is there in the end, and has reported it once.
afterEach(async () => {
  await at.edits.stop()
  await at.watching.settled(120_000)
  expect(await at.watching.misreported()).toEqual([])
}, timeoutMs)

test(
  'I11: a vaino that is killed in the middle and started again loses and repeats nothing',
  async () => {
    at.edits.start()
    await at.edits.goOn(100)
    await at.watching.vaino.kill()
    await at.edits.goOn(100)
    await at.watching.vaino.start()
    await at.edits.goOn(100)
    await at.watching.vaino.kill()
    await at.watching.vaino.start()
  },
  timeoutMs,
)

test(
  'a vaino that does not read for a while has its watches ended by the server, and loses no event',
  async () => {
    const { vaino } = at.watching
    await vaino.hang()
    try {
      await many(burst, (n) =>
        at.cluster.admin.patch(`${maps}/start-${n}`, { data: { n: '1', x: 'x'.repeat(10_000) } }),
      )
    } finally {
      vaino.goOn()
    }
  },
  timeoutMs,
)

test(
  'connections that are cut every second are opened again where they were',
  async () => {
    const { proxy } = at
    at.edits.start()
    proxy.cutEvery(1000)
    await until('several have been cut', () => proxy.cuts > 200, 60_000)
    proxy.cutEvery(null)
    await at.edits.goOn(100)
  },
  timeoutMs,
)

test(
  'an API server that refuses requests for their rate is asked again until it answers',
  async () => {
    const { admin } = at.cluster
    const name = 'squeezed'
    const limited = {
      nominalConcurrencyShares: 1,
      lendablePercent: 0,
      borrowingLimitPercent: 0,
      limitResponse: { type: 'Reject' },
    }
    const version = { apiVersion: 'flowcontrol.apiserver.k8s.io/v1', metadata: { name } }
    await admin.create(`${flow}/prioritylevelconfigurations`, {
      ...{ ...version, kind: 'PriorityLevelConfiguration' },
      spec: { type: 'Limited', limited },
    })
    const subjects = [{ kind: 'User', user: { name: 'vaino' } }]
    const resourceRules = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }]
    await admin.create(`${flow}/flowschemas`, {
      ...{ ...version, kind: 'FlowSchema' },
      spec: { priorityLevelConfiguration: { name }, matchingPrecedence: 2, rules: [{ subjects, resourceRules }] },
    })
    const refused = async (): Promise<number> => {
      const { text } = await admin.send('GET', '/metrics')
      const counts = text.matchAll(/^apiserver_flowcontrol_rejected_requests_total\{[^}]*"squeezed"[^}]*\} (\d+)/gm)
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
    }
    at.edits.start()
    await at.cluster.server.kill()
    await at.cluster.start()
    await until('requests have been refused', async () => (await refused()) > 0, 60_000)
    await at.edits.goOn(100)
    await at.edits.stop()
    await at.watching.settled(120_000)
    await admin.delete(`${flow}/flowschemas/${name}`)
    await admin.delete(`${flow}/prioritylevelconfigurations/${name}`)
  },
  timeoutMs,
)

test(
  'a server without a watch cache and without WatchList, whose history is compacted all the time, loses nothing',
  async () => {
    at.edits.start()
    await at.cluster.restart({ watchCache: false, watchList: false, compactionSeconds: 5 })
    for (let n = 0; n < 5; n++) {
      await at.edits.goOn(100)
      await at.cluster.compact()
    }
  },
  timeoutMs,
)
