import { afterAll, beforeAll, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseAllDocuments } from 'yaml'
import { until } from '../../api/test-server.ts'
import { runCli } from '../server-process.ts'
import { kubeApiserver } from './build.ts'
import { type KubeCluster, type Rule, readAll, startCluster } from './cluster.ts'
import { type ScopeState, Watching } from './watching.ts'

const timeoutMs = 240_000
const maps = '/api/v1/namespaces/default/configmaps'
const configMap = (name: string, n: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { n },
})

// Before the time of any test begins.
kubeApiserver()

let cluster: KubeCluster
beforeAll(async () => {
  cluster = await startCluster()
}, timeoutMs)
afterAll(() => cluster?.[Symbol.asyncDispose]())

/** What the doctor finds about the one source. */
async function doctor(user: string): Promise<{ status: string; message: string }[]> {
  const folder = path.dirname(cluster.kubeconfig(user))
  const file = path.join(folder, `${user}.json`)
  writeFileSync(file, JSON.stringify({ sources: [{ kind: 'kubernetes', where: 'test' }] }))
  process.env.KUBECONFIG = cluster.kubeconfig(user)
  const { stdout } = await runCli(['doctor', '--config', file, '-o', 'json', '--data-dir', path.join(folder, 'data')])
  const findings = JSON.parse(stdout) as { check: string; status: string; message: string }[]
  return findings.filter(({ check }) => check === 'source kubernetes:test')
}

const listOnly: Rule = { ...readAll, verbs: ['list'] }

test(
  'the doctor says who vaino is, and what it may not list or watch',
  async () => {
    const said = async (...rules: Rule[]) => {
      await cluster.grant('alice', ...rules)
      const [opened, who, ...rest] = await doctor('alice')
      expect([opened?.status, who?.message]).toEqual(['ok', 'is alice'])
      return rest.map(({ status, message }) => `${status} ${message}`)
    }
    expect(await said(readAll)).toEqual(['ok may list and watch all that it is to read'])
    expect(await said(listOnly)).toEqual([
      expect.stringMatching(/^failed may list and not watch \d\d of \d\d scopes: /),
    ])
    expect(await said()).toEqual([expect.stringMatching(/^failed may not list (\d\d) of \1 scopes: /)])
    const butSecrets: Rule = { apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] }
    expect(await said(butSecrets)).toEqual([
      expect.stringMatching(/^failed may not list \d\d of \d\d scopes: .* and \d\d more/),
    ])
  },
  timeoutMs,
)

test(
  'the roles that vaino prints are all that it needs, for some kinds too',
  async () => {
    const folder = path.dirname(cluster.kubeconfig('admin'))
    const kinds = { include: ['ConfigMap', 'apps.*', 'rbac.authorization.k8s.io.*'], exclude: ['apps.DaemonSet'] }
    const file = path.join(folder, 'some.json')
    writeFileSync(file, JSON.stringify({ sources: [{ kind: 'kubernetes', where: 'test', kinds }] }))
    process.env.KUBECONFIG = cluster.kubeconfig('admin')
    const { stdout, stderr } = await runCli(['config', 'permissions', '--config', file])
    expect(stderr).toBe('')
    const [role] = parseAllDocuments(stdout).map((document) => document.toJS() as { rules: Rule[] })
    await cluster.grant('alice', ...(role?.rules ?? []))
    process.env.KUBECONFIG = cluster.kubeconfig('alice')
    const { stdout: findings } = await runCli([
      'doctor',
      '--config',
      file,
      '-o',
      'json',
      '--data-dir',
      path.join(folder, 'data'),
    ])
    expect(findings).toContain('may list and watch all that it is to read')
    expect(role?.rules.flatMap(({ resources }) => resources)).not.toContain('daemonsets')
  },
  timeoutMs,
)

test(
  'I5: rights that are taken away delete nothing and stand on each scope; given back, all is followed again, with what changed meanwhile',
  async () => {
    await cluster.grant('vaino', readAll)
    await cluster.admin.create(maps, configMap('one', '0'))
    await cluster.admin.create(maps, configMap('two', '0'))
    await using watching = new Watching(cluster, cluster.kubeconfig('vaino'), { interval: '2s' })
    await watching.start()
    const known = await watching.state()
    const all = async (holds: (scope: ScopeState) => boolean) => (await watching.scopes()).every(holds)

    await cluster.revoke('vaino')
    const isDenied = ({ status, errors }: ScopeState): boolean =>
      status === 'failing' && errors[0]?.message.startsWith('its user may not list ') === true
    await until('every scope says that it may not be listed', () => all(isDenied), 60_000)
    expect(await watching.state()).toHaveLength(known.length)
    await cluster.admin.patch(`${maps}/one`, { data: { n: '1' } })
    await cluster.admin.delete(`${maps}/two`)

    await cluster.grant('vaino', listOnly)
    const isPolled = ({ status, warnings }: ScopeState): boolean =>
      status === 'fresh' && warnings.some(({ message }) => message.includes('and not watch them'))
    await until('every scope is listed and says that it is not watched', () => all(isPolled), 90_000)
    await watching.settled()

    await cluster.grant('vaino', readAll)
    const isFollowed = ({ status, warnings, source }: ScopeState): boolean =>
      status === 'fresh' && warnings.length === 0 && source.state !== 'backing_off'
    await until('every scope is followed', () => all(isFollowed), 90_000)
    await watching.settled()
    expect(await watching.misreported()).toEqual([])
  },
  timeoutMs,
)
