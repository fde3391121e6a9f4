import { afterAll, beforeAll, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseAllDocuments } from 'yaml'
import { repository } from '../lanes.ts'
import { runCli } from '../server-process.ts'
import { temporaryFolder } from '../terraform/temporary-folder.ts'
import { helmTemplate, kubeApiserver } from './build.ts'
import type { KubeObject } from './client.ts'
import { type KubeCluster, startCluster } from './cluster.ts'
import { makeNamespace } from './custom-kind.ts'
import { dryRun } from './dry-run.ts'

const timeoutMs = 120_000
const chart = path.join(repository, 'deploy/helm/vaino')
const image = { repository: 'registry.example/vaino' }

// Before the time of any test begins.
kubeApiserver()
const renderer = helmTemplate()

let cluster: KubeCluster
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  folder = await temporaryFolder()
  cluster = await startCluster({ users: [] })
  await makeNamespace(cluster.admin, 'vaino')
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await cluster.admin.patch('/api/v1/namespaces/vaino', { metadata: { labels } })
}, timeoutMs)
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await folder?.[Symbol.asyncDispose]()
})

const read = (text: string): KubeObject[] =>
  parseAllDocuments(text).flatMap((document) => (document.toJS() === null ? [] : [document.toJS() as KubeObject]))

/** What `helm template vaino deploy/helm/vaino --namespace vaino` makes of some values. */
async function rendered(values: object): Promise<{ objects: KubeObject[]; stderr: string }> {
  const file = await folder.write('values.yaml', JSON.stringify(values))
  const { stdout, stderr } = spawnSync(renderer, [chart, file], { encoding: 'utf8' })
  return { objects: read(stdout), stderr }
}

const only = (objects: readonly KubeObject[], kind: string): KubeObject => {
  const found = objects.find((object) => object.kind === kind)
  if (found === undefined) throw new Error(`there is no ${kind} among ${objects.map(({ kind }) => kind)}`)
  return found
}
type Template = { spec: { template: { metadata: object; spec: { containers: { image: string }[] } } } }

test(
  'the API server takes each object of the chart, with its defaults and with everything else set',
  async () => {
    const all = {
      image: { ...image, tag: '1.2.3', pullPolicy: 'Always' },
      imagePullSecrets: [{ name: 'registry' }],
      config: { sources: [{ kind: 'kubernetes', where: 'in-cluster', name: 'prod' }], retention: { age: '30d' } },
      persistence: { enabled: false },
      serviceAccount: { create: false, name: 'other' },
      rbac: { rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['list', 'watch'] }] },
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'dedicated', operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
    }
    for (const [values, count] of [
      [{ image }, 7],
      [{ image, persistence: { storageClassName: 'fast' } }, 7],
      [all, 5],
      [{ image, rbac: { create: false } }, 5],
    ] as const) {
      const { objects, stderr } = await rendered(values)
      expect(stderr).toBe('')
      expect(objects).toHaveLength(count)
      for (const object of objects)
        expect((await dryRun(cluster.admin, object)).metadata.name).toBe(object.metadata.name)
      const { metadata, spec } = (only(objects, 'Deployment') as unknown as Template).spec.template
      // As strict as the namespace is, and it takes fields that it knows alone.
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'vaino', namespace: 'vaino' }, spec }
      await dryRun(cluster.admin, pod)
    }
  },
  timeoutMs,
)

test('the chart runs what the manifest runs', async () => {
  const manifest = read(readFileSync(path.join(repository, 'deploy/kubernetes/vaino.yaml'), 'utf8'))
  const { objects } = await rendered({ image })
  const [own, other] = [objects, manifest].map(
    (of) => (only(of, 'Deployment') as unknown as Template).spec.template.spec,
  )
  const withoutImage = (spec: typeof own) => spec?.containers.map(({ image: _, ...container }) => container)
  expect(withoutImage(own)).toEqual(withoutImage(other))
  expect(own?.containers[0]?.image).toBe('registry.example/vaino:0.1.0')
  expect(only(objects, 'ClusterRole').rules).toEqual(only(manifest, 'ClusterRole').rules)
})

test('the configuration of the chart is one that vaino takes', async () => {
  const { objects } = await rendered({ image })
  const { data } = only(objects, 'ConfigMap') as unknown as { data: Record<string, string> }
  const file = await folder.write('vaino.yaml', data['vaino.yaml'] ?? '')
  const { code, stderr } = await runCli(['config', 'check', '--config', file])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('values that are missing or misspelt are refused', async () => {
  expect((await rendered({})).stderr).toContain('repository')
  expect((await rendered({ image, persistence: { storage: '1Gi' } })).stderr).toContain('storage')
})
