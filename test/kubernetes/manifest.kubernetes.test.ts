import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseAllDocuments } from 'yaml'
import { repository } from '../lanes.ts'
import { kubeApiserver } from './build.ts'
import type { KubeObject } from './client.ts'
import { type KubeCluster, startCluster } from './cluster.ts'
import { makeNamespace } from './custom-kind.ts'
import { servedKinds } from './discovery.ts'
import { dryRun } from './dry-run.ts'

const timeoutMs = 120_000
const file = path.join(repository, 'deploy/kubernetes/vaino.yaml')
const documents = parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as KubeObject)
const only = (kind: string): KubeObject => {
  const [found, ...more] = documents.filter((document) => document.kind === kind)
  if (found === undefined || more.length > 0) throw new Error(`${file} has ${more.length + 1} of ${kind}`)
  return found
}

// Before the time of any test begins.
kubeApiserver()

let cluster: KubeCluster
beforeAll(async () => {
  cluster = await startCluster({ users: [] })
  await makeNamespace(cluster.admin, 'vaino')
}, timeoutMs)
afterAll(() => cluster?.[Symbol.asyncDispose]())

test('the API server takes each object of the manifest', async () => {
  expect(documents.map(({ kind }) => kind)).toContain('Deployment')
  for (const document of documents) {
    const taken = await dryRun(cluster.admin, document)
    expect({ kind: taken.kind, name: taken.metadata.name }).toEqual({
      kind: document.kind,
      name: document.metadata.name,
    })
  }
})

test('a field that the API server does not know is refused', async () => {
  const deployment = only('Deployment')
  const misspelt = { ...deployment, spec: { ...(deployment.spec as object), replica: 1 } }
  expect(dryRun(cluster.admin, misspelt)).rejects.toThrow('replica')
})

test('its Pod is one that the strictest of the Pod security standards lets in', async () => {
  await cluster.admin.apply('/api/v1/namespaces/vaino', only('Namespace'))
  const { metadata, spec } = (only('Deployment').spec as { template: KubeObject }).template
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'vaino', namespace: 'vaino' }, spec }
  await dryRun(cluster.admin, pod)
  const privileged = { ...pod, spec: { ...(spec as object), hostNetwork: true } }
  expect(dryRun(cluster.admin, privileged)).rejects.toThrow('restricted')
})

test('its account may read every kind and write none', async () => {
  for (const kind of ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding']) {
    const { group, version, resource } = (await servedKinds(cluster.admin)).find((served) => served.kind === kind) ?? {}
    const root = group === '' ? `/api/${version}/namespaces/vaino` : `/apis/${group}/${version}`
    await cluster.admin.apply(`${root}/${resource}/vaino`, only(kind))
  }
  const may = async (verb: string, group: string, resource: string): Promise<boolean> => {
    const review = await cluster.admin.create('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: 'system:serviceaccount:vaino:vaino', resourceAttributes: { verb, group, resource } },
    })
    return (review.status as { allowed: boolean }).allowed
  }
  for (const { group, resource } of await servedKinds(cluster.admin)) {
    for (const verb of ['list', 'watch'])
      expect(`${verb} ${resource} ${await may(verb, group, resource)}`).toEndWith('true')
    for (const verb of ['create', 'patch', 'delete'])
      expect(`${verb} ${resource} ${await may(verb, group, resource)}`).toEndWith('false')
  }
})
