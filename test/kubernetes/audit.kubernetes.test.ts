import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { until } from '../../api/test-server.ts'
import { freePorts } from '../kafka/cluster.ts'
import { ServerProcess } from '../server-process.ts'
import { kubeApiserver } from './build.ts'
import { type KubeCluster, readAll, startCluster } from './cluster.ts'

const timeoutMs = 240_000
const maps = '/api/v1/namespaces/default/configmaps'
const writeMaps = { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'create', 'patch', 'delete'] }

// Before the time of any test begins.
kubeApiserver()

interface Scope {
  readonly scope: string
  readonly source?: { readonly state: string }
}

let cluster: KubeCluster
const folder = mkdtempSync(path.join(tmpdir(), 'vaino-audit-'))
const vainos = new Map<string, ServerProcess>()
beforeAll(async () => {
  const [port = 0] = await freePorts(1)
  const listen = `127.0.0.1:${port}`
  const webhook = path.join(folder, 'webhook.json')
  writeFileSync(webhook, webhookConfig(listen, 'only-us'))
  cluster = await startCluster({
    audit: true,
    flags: {
      'audit-webhook-config-file': webhook,
      'audit-webhook-batch-max-wait': '200ms',
      'audit-webhook-initial-backoff': '200ms',
    },
  })
  await cluster.grant('vaino', readAll)
  await cluster.grant('alice', writeMaps)
  process.env.KUBECONFIG = cluster.kubeconfig()
  process.env.AUDIT_TOKEN = 'only-us'
  const ways = {
    'the file': { file: path.join(cluster.folder, 'audit.log') },
    'the webhook': { listen, token: 'env:AUDIT_TOKEN' },
  }
  for (const [way, audit] of Object.entries(ways)) {
    const vaino = new ServerProcess({
      sources: [{ kind: 'kubernetes', where: 'test', audit, kinds: { include: ['ConfigMap'] } }],
      interval: '1h',
    })
    vainos.set(way, vaino)
    await vaino.start()
    await until('config maps are watched', async () => {
      const { scopes } = (await (await fetch(`${vaino.url}/v1/scopes`)).json()) as { scopes: Scope[] }
      return scopes.length > 0 && scopes.every(({ source }) => source?.state === 'following')
    })
  }
}, timeoutMs)
afterAll(async () => {
  for (const vaino of vainos.values()) await vaino[Symbol.asyncDispose]()
  await cluster?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** The kubeconfig of an audit webhook. */
function webhookConfig(listen: string, token: string): string {
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'vaino' },
    clusters: [{ name: 'vaino', cluster: { server: `http://${listen}/${token}` } }],
    contexts: [{ name: 'vaino', context: { cluster: 'vaino' } }],
  })
}

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: '1' } })

interface Made {
  readonly op: string
  readonly actor: { readonly name?: string } | null
  readonly occurred_at: string | null
}
const history = async (vaino: ServerProcess, name: string): Promise<readonly Made[]> => {
  const key = encodeURIComponent(`kubernetes/test/-/ConfigMap/default/${name}`)
  const answer = await fetch(`${vaino.url}/v1/resources/${key}/history`)
  return answer.status === 200
    ? ((await answer.json()) as { changes: Made[] }).changes.filter(({ op }) => op !== 'a')
    : []
}

for (const way of ['the file', 'the webhook'])
  test(
    `by ${way} of the audit log each change has the person who made it, and no one else's`,
    async () => {
      const vaino = vainos.get(way)
      if (vaino === undefined) throw new Error('it was not started')
      const name = way.replace(' ', '-')
      using alice = cluster.client('alice')
      await cluster.admin.create(maps, configMap(name), 'kubectl-create')
      await alice.patch(`${maps}/${name}`, { data: { a: '2' } }, { manager: 'kubectl-edit' })
      // The same manager's name in the same second, another person, and a write that changes nothing.
      await cluster.admin.patch(`${maps}/${name}`, { data: { b: '2' } }, { manager: 'kubectl-patch' })
      await alice.patch(`${maps}/${name}`, { data: { a: '2' } }, { manager: 'kubectl-edit' })
      await cluster.admin.delete(`${maps}/${name}`)
      await until(
        'all four have a person',
        async () => {
          const all = await history(vaino, name)
          return all.length === 4 && all.every(({ actor }) => ['admin', 'alice'].includes(actor?.name ?? ''))
        },
        30_000,
      )
      const changes = (await history(vaino, name)).toReversed()
      expect(changes).toMatchObject([
        { op: 'c', actor: { type: 'user', name: 'admin', verb: 'create', manager: 'kubectl-create' } },
        {
          op: 'u',
          actor: { type: 'user', name: 'alice', verb: 'patch', manager: 'kubectl-edit', source_ip: '127.0.0.1' },
        },
        { op: 'u', actor: { name: 'admin', verb: 'patch', manager: 'kubectl-patch' } },
        { op: 'd', actor: { name: 'admin', verb: 'delete' } },
      ])
      expect(changes.every(({ occurred_at }) => /\.\d{3}Z$/.test(occurred_at ?? ''))).toBe(true)
    },
    timeoutMs,
  )
