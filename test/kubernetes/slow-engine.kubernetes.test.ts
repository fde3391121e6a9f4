import { afterAll, beforeAll, expect, test } from 'bun:test'
import { DatabaseSync } from 'node:sqlite'
import { until } from '../../api/test-server.ts'
import { partitionPath } from '../../storage/data-dir.ts'
import { kubeApiserver } from './build.ts'
import type { KubeObject } from './client.ts'
import { type KubeCluster, readAll, startCluster } from './cluster.ts'
import { makeNamespace } from './custom-kind.ts'
import { configMap, many, maps } from './edited-cluster.ts'
import { Watching } from './watching.ts'

const timeoutMs = 300_000
/** Of `ServerProcess`. */
const partitions = 4
const objects = 20
/** Large, so that what the connection holds is few events; all objects fit in one write of etcd. */
const text = 'a line of a configuration file\n'.repeat(2000)
/** Then SQLite gives up, and the engine says that its disk is at fault. */
const heldMs = 8000

// Before the time of the test begins.
kubeApiserver()

let cluster: KubeCluster
let watching: Watching

beforeAll(async () => {
  cluster = await startCluster()
  await cluster.grant('vaino', readAll)
  await makeNamespace(cluster.admin, 'load')
  await many(objects, (at) => cluster.admin.create(maps, configMap(`one-${at}`, { n: '0', text })))
  watching = new Watching(cluster, cluster.kubeconfig('vaino'))
  await watching.start(120_000)
  const following = async () => (await watching.scopes()).filter(({ source }) => source.state === 'following')
  await until('all is followed', async () => (await following()).length === (await watching.scopes()).length, 120_000)
}, timeoutMs)

afterAll(async () => {
  await watching?.[Symbol.asyncDispose]()
  await cluster?.[Symbol.asyncDispose]()
})

/** Watches of config maps that the server has ended because nobody read them, by its own count. */
async function unreadWatches(): Promise<number> {
  const { text: metrics } = await cluster.admin.send('GET', '/metrics')
  const counts = metrics.matchAll(/^apiserver_terminated_watchers_total\{[^}]*configmaps[^}]*\} (\d+)$/gm)
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}

/** Keeps every write of the engine waiting, as a disk that hangs does. */
function holdWrites(): Disposable {
  const files = Array.from({ length: partitions }, (_, p) => {
    const file = new DatabaseSync(partitionPath(watching.vaino.dataDir, p))
    file.exec('PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE')
    return file
  })
  return {
    [Symbol.dispose]() {
      for (const file of files) {
        file.exec('ROLLBACK')
        file.close()
      }
    },
  }
}

test(
  'an engine that writes nothing for longer than the server keeps an unread watch loses no event, and repeats none',
  async () => {
    const [{ items }, before] = await Promise.all([cluster.admin.get<{ items: KubeObject[] }>(maps), unreadWatches()])
    const large = items.filter(({ metadata }) => metadata.name.startsWith('one-'))
    let n = 0
    const edit = () => cluster.store(large.map((one) => ({ ...one, data: { n: String(++n), text } })))
    // A machine that is busy may not write enough while the engine is held up once.
    for (let attempt = 0; attempt < 5 && (await unreadWatches()) === before; attempt++) {
      using _held = holdWrites()
      const untilMs = Date.now() + heldMs
      while (Date.now() < untilMs && (await unreadWatches()) === before) for (let at = 0; at < 5; at++) await edit()
    }
    expect(await unreadWatches()).toBeGreaterThan(before)
    await cluster.admin.delete(`${maps}/one-0`)
    await cluster.admin.create(maps, configMap('last', { n: '1' }))
    await watching.settled(120_000)
    expect(await watching.misreported()).toEqual([])
  },
  timeoutMs,
)
