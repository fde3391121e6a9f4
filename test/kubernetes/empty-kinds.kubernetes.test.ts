import { afterAll, beforeAll, expect, test } from 'bun:test'
import { openFollower } from '../../api/test-follower.ts'
import { until } from '../../api/test-server.ts'
import { kubeApiserver } from './build.ts'
import { type KubeCluster, readAll, startCluster } from './cluster.ts'
import { defineKind } from './custom-kind.ts'
import { Watching } from './watching.ts'

const timeoutMs = 240_000
const gadgets = { group: 'example.org', plural: 'gadgets', kind: 'Gadget' }

// Before the time of the test begins.
kubeApiserver()

let cluster: KubeCluster
let watching: Watching

beforeAll(async () => {
  cluster = await startCluster()
  await cluster.grant('vaino', readAll)
  await defineKind(cluster.admin, gadgets)
  watching = new Watching(cluster, cluster.kubeconfig('vaino'), { empty_kinds_seconds: 2 })
  await watching.start(120_000)
  const isFollowed = async () => (await watching.scopes()).every(({ source }) => source.state === 'following')
  await until('all is followed', isFollowed, 120_000)
}, timeoutMs)

afterAll(async () => {
  await watching?.[Symbol.asyncDispose]()
  await cluster?.[Symbol.asyncDispose]()
})

/** Watches of a kind that the server has open, its own included. */
async function watchesOf(plural: string): Promise<number> {
  const { text } = await cluster.admin.send('GET', '/metrics')
  const open = text.matchAll(
    new RegExp(`^apiserver_longrunning_requests{[^}]*resource="${plural}"[^}]*verb="WATCH"[^}]*} (\\d+)$`, 'gm'),
  )
  return [...open].reduce((sum, [, count]) => sum + Number(count), 0)
}

test(
  'a kind without objects has no watch; its first object is a change, and from then on it is watched',
  async () => {
    expect(await watchesOf('gadgets')).toBe(0)
    const withObjects = (await watching.scopes()).filter(({ resources }) => resources > 0)
    expect(withObjects.length).toBeGreaterThan(5)
    await using follower = await openFollower(
      `${watching.vaino.url}/v1/changes?offset=now&live=sse&type=example.org.Gadget`,
    )
    const path = '/apis/example.org/v1/namespaces/default/gadgets'
    const gadget = { apiVersion: 'example.org/v1', kind: 'Gadget', metadata: { name: 'one' }, data: { n: '1' } }
    await cluster.admin.create(path, gadget, 'kubectl-create')
    await follower.untilChanges(1)
    await until('it is watched', async () => (await watchesOf('gadgets')) === 1, 60_000)
    await cluster.admin.patch(`${path}/one`, { data: { n: '2' } }, { manager: 'kubectl-edit' })
    await follower.untilChanges(2)
    const said = follower.changes.map(({ op, actor }) => [op, (actor as { name?: string } | null)?.name])
    expect(said).toEqual([
      ['c', 'kubectl-create'],
      ['u', 'kubectl-edit'],
    ])
    await watching.settled()
    expect(await watching.misreported()).toEqual([])
  },
  timeoutMs,
)
