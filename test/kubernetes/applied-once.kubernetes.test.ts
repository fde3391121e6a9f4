import { afterAll, beforeAll, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { runCli } from '../server-process.ts'
import { kubeApiserver } from './build.ts'
import { type KubeCluster, readAll, startCluster } from './cluster.ts'

const timeoutMs = 240_000
const configMaps = '/api/v1/namespaces/default/configmaps'
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', data: { size: '1' } }
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

// Before the time of any test begins.
kubeApiserver()

let cluster: KubeCluster
beforeAll(async () => {
  cluster = await startCluster()
  await cluster.grant('vaino', readAll)
  process.env.KUBECONFIG = cluster.kubeconfig()
}, timeoutMs)
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
})

/** As `kubectl apply` does: the annotation holds what is applied, without itself. */
async function kubectlApply(name: string, data: object): Promise<void> {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', annotations: {} },
    data,
  }
  const annotations = { [lastApplied]: `${JSON.stringify(object)}\n` }
  const whole = { ...object, metadata: { ...object.metadata, annotations } }
  await cluster.admin.create(configMaps, whole, 'kubectl-client-side-apply')
}

const drift = (...flags: string[]) => runCli(['drift', '--source', 'kubernetes:test', ...flags])

interface Answer {
  readonly drift: readonly { readonly address: string; readonly status: string; readonly reason: string | null }[]
  readonly coverage: Readonly<Record<string, number>>
}

test(
  'objects that nobody has applied decide nothing, unless there is nothing else to compare',
  async () => {
    const file = path.join(path.dirname(cluster.kubeconfig()), 'only-config-maps.json')
    const source = { kind: 'kubernetes', where: 'test', kinds: { include: ['ConfigMap'] } }
    writeFileSync(file, JSON.stringify({ sources: [source] }))
    const look = async () => {
      const { code, stdout } = await runCli(['drift', '--config', file, '-o', 'json'])
      const answer: Answer = JSON.parse(stdout)
      return { code, coverage: answer.coverage }
    }
    await cluster.admin.create(configMaps, { ...configMap, metadata: { name: 'made' } }, 'kubectl-create')
    const without = await look()
    expect(without).toMatchObject({ code: 2, coverage: { managed: 0, unknown: 0, percent: null } })
    expect(without.coverage.not_applied).toBeGreaterThan(0)
    // The next test finds it too.
    await kubectlApply('kept', { size: '1' })
    expect(await look()).toEqual({
      code: 0,
      coverage: { ...without.coverage, managed: 1, in_sync: 1, percent: 100 },
    })
  },
  timeoutMs,
)

test(
  'without a state and a server each object is compared with what was applied to it, and what one look can’t tell isn’t called in sync',
  async () => {
    const untouched = await drift('-o', 'json')
    const before: Answer = JSON.parse(untouched.stdout)
    expect(before.drift.filter(({ status }) => status === 'changed')).toEqual([])
    expect(before.coverage).toMatchObject({ in_sync: 1, changed: 0 })
    await kubectlApply('edited', { size: '1', color: 'red' })
    await cluster.admin.patch(`${configMaps}/edited`, { data: { size: '9', color: null } }, { manager: 'kubectl-edit' })
    const applied = { ...configMap, metadata: { name: 'server' } }
    await cluster.admin.apply(`${configMaps}/server`, applied, { manager: 'kubectl' })
    await cluster.admin.create(configMaps, { ...applied, metadata: { name: 'nobodys' } }, 'kubectl-create')

    const { code, stdout, stderr } = await drift('-o', 'json')
    const after: Answer = JSON.parse(stdout)
    expect(after.drift).toHaveLength(before.drift.length + 2)
    expect(after.drift).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ...{ status: 'changed', tier: 'since_apply', address: 'default/edited', type: 'ConfigMap' },
          state: 'kubernetes/test/-/ConfigMap:applied',
          key: 'kubernetes/test/-/ConfigMap/default/edited',
          actor: { type: 'field_manager', name: 'kubectl-edit', operation: 'Update' },
          fields: [
            expect.objectContaining({ path: 'data.size', before: '1', after: '9' }),
            { path: 'data.color', before: 'red', after: null, owner: null },
          ],
        }),
        expect.objectContaining({ status: 'unknown', address: 'default/server', reason: 'applied_values_not_kept' }),
      ]),
    )
    expect(after.coverage).toMatchObject({ in_sync: 1, changed: 1 })
    expect(after.coverage.not_applied).toBe((before.coverage.not_applied ?? 0) + 1)
    expect(stderr).toMatch(/kubernetes\/test: to \d+ objects? nothing was applied/)
    expect(code).toBe(1)

    const table = await drift()
    expect(table.stdout).toContain('data.size')
    expect(table.stdout).toContain('default/edited')
    expect(
      await drift('--status', 'in_sync', '-o', 'ndjson').then((ended) => ended.stdout.trim().split('\n')),
    ).toHaveLength(1)
  },
  timeoutMs,
)

test(
  'I5: a kind that may not be listed is named, and then not all is known',
  async () => {
    await cluster.grant('vaino', { apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] })
    await cluster.admin.send('DELETE', `${configMaps}/edited`)
    const { code, stderr, stdout } = await drift('-o', 'json')
    expect((JSON.parse(stdout) as Answer).coverage).toMatchObject({ in_sync: 1, changed: 0 })
    expect(stderr).toContain('kubernetes/test: Secret: ')
    expect(code).toBe(2)
  },
  timeoutMs,
)

test(
  'a cluster that can’t be reached is an error with its reason, and nothing is called in sync',
  async () => {
    const { code, stderr, stdout } = await runCli(['drift', '--source', 'kubernetes:nowhere', '-o', 'json'])
    expect(stderr).toContain('nowhere')
    expect(stdout === '' || (JSON.parse(stdout) as Answer).coverage.in_sync === 0).toBe(true)
    expect(code).toBe(2)
  },
  timeoutMs,
)
