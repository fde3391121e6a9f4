import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chmodSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { until } from '../../api/test-server.ts'
import { kubeApiserver } from './build.ts'
import { type KubeCluster, startCluster } from './cluster.ts'
import { Watching } from './watching.ts'

const timeoutMs = 240_000
const [accounts, bindings] = [
  '/api/v1/namespaces/default/serviceaccounts',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
]
const maps = '/api/v1/namespaces/default/configmaps'

// Before the time of any test begins.
kubeApiserver()

let cluster: KubeCluster
beforeAll(async () => {
  cluster = await startCluster()
  await cluster.admin.create(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } })
  await cluster.admin.create(bindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'robot' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'default' }],
  })
}, timeoutMs)
afterAll(() => cluster?.[Symbol.asyncDispose]())

const token = (seconds: number): Promise<string> => cluster.serviceAccountToken('default', 'robot', seconds)
const configMap = (n: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data: { n } })

/** A plugin whose token is what a file says, and which states no end of it. */
function plugin(file: string): Readonly<Record<string, unknown>> {
  const script = path.join(cluster.folder, 'plugin.sh')
  const credential = '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}'
  writeFileSync(script, `#!/bin/sh\nprintf '${credential}' "$(cat '${file}')"\n`)
  chmodSync(script, 0o755)
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: script, interactiveMode: 'Never' }
  return { exec }
}

test.each(['a token file', 'an exec plugin'])(
  'I5: the token of %s expires: every scope says so, nothing is deleted, and a new one is taken up',
  async (how) => {
    const file = path.join(cluster.folder, 'token')
    writeFileSync(file, await token(12))
    const user = how === 'a token file' ? { tokenFile: file } : plugin(file)
    await using watching = new Watching(cluster, cluster.kubeconfig(user), { interval: '2s' })
    await cluster.admin.apply(`${maps}/one`, configMap('0'))
    await watching.start()
    const known = (await watching.state()).length
    const all = async (wanted: string) => (await watching.scopes()).every(({ status }) => status === wanted)
    await until('every scope fails', () => all('failing'), 90_000)
    expect((await watching.scopes())[0]?.errors[0]?.message).toContain('answers 401')
    expect(await watching.state()).toHaveLength(known)
    await cluster.admin.apply(`${maps}/one`, configMap('1'))
    writeFileSync(file, await token(3600))
    await until('every scope is fresh', () => all('fresh'), 120_000)
    await watching.settled()
    expect(await watching.misreported()).toEqual([])
  },
  timeoutMs,
)
