import { afterAll, beforeAll, expect, test } from 'bun:test'
import { until } from '../../api/test-server.ts'
import { ServerProcess } from '../server-process.ts'
import { kubeApiserver } from './build.ts'
import { type KubeCluster, readAll, startCluster } from './cluster.ts'

const timeoutMs = 240_000
const deployments = '/apis/apps/v1/namespaces/default/deployments'
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'
const state = 'kubernetes/test/-/apps.Deployment:applied'

// Before the time of any test begins.
kubeApiserver()

let cluster: KubeCluster
let vaino: ServerProcess
beforeAll(async () => {
  cluster = await startCluster()
  await cluster.grant('vaino', readAll)
  process.env.KUBECONFIG = cluster.kubeconfig()
  vaino = new ServerProcess({ sources: [{ kind: 'kubernetes', where: 'test' }], interval: '2s' })
  await vaino.start()
  await until('the kinds are watched', async () => (await coverage()).managed > 0 || (await known()) > 20, 60_000)
}, timeoutMs)
afterAll(async () => {
  await vaino?.[Symbol.asyncDispose]()
  await cluster?.[Symbol.asyncDispose]()
})

const get = async <T>(path: string): Promise<T> => (await (await fetch(`${vaino.url}${path}`)).json()) as T
const coverage = () => get<{ managed: number; not_applied: number; in_sync: number }>('/v1/coverage')
const known = async () => (await get<{ scopes: unknown[] }>('/v1/scopes')).scopes.length

interface Item {
  readonly address: string
  readonly status: string
  readonly tier: string | null
  readonly key: string
  readonly fields: readonly {
    readonly path: string
    readonly before: unknown
    readonly after: unknown
    readonly owner?: unknown
  }[]
  readonly actor: unknown
}
const drift = async (name: string): Promise<Item | undefined> =>
  (await get<{ drift: Item[] }>(`/v1/drift?state=${encodeURIComponent(state)}`)).drift.find(
    ({ address }) => address === `default/${name}`,
  )
const driftOf = async (name: string): Promise<Item> => {
  await until(`${name} has drifted`, async () => (await drift(name)) !== undefined, 20_000)
  const item = await drift(name)
  if (item === undefined) throw new Error(`${name} has drifted no more`)
  return item
}
const inSync = (name: string) => async (): Promise<boolean> =>
  (await get<{ drift: Item[] }>(`/v1/drift?status=in_sync&state=${encodeURIComponent(state)}`)).drift.some(
    ({ address }) => address === `default/${name}`,
  )

const labels = { app: 'web' }
const manifest = (name: string, spec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default', labels, annotations: {} },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels, creationTimestamp: null },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'nginx:1',
            ports: [{ containerPort: 80 }],
            resources: { limits: { cpu: '1000m', memory: '1024Mi' } },
            env: [
              { name: 'DB_PASSWORD', value: 'hunter2-and-more' },
              { name: 'MODE', value: 'slow' },
            ],
          },
        ],
      },
    },
    ...spec,
  },
})

/** As `kubectl apply` does: the annotation holds what is applied, without itself. */
async function kubectlApply(object: ReturnType<typeof manifest>): Promise<void> {
  const text = `${JSON.stringify(object)}\n`
  const { name } = object.metadata
  const whole = { ...object, metadata: { ...object.metadata, annotations: { [lastApplied]: text } } }
  const found = await cluster.admin.send('GET', `${deployments}/${name}`)
  if (found.status === 404) await cluster.admin.create(deployments, whole, 'kubectl-client-side-apply')
  else
    await cluster.admin.patch(`${deployments}/${name}`, whole, {
      manager: 'kubectl-client-side-apply',
      type: 'strategic',
    })
}

const edit = (name: string, patch: object, manager = 'kubectl-edit') =>
  cluster.admin.patch(`${deployments}/${name}`, patch, { manager, type: 'strategic' })

test(
  'what kubectl applied is in sync; an edit by hand is drift with its field, its owner, and no secret; an apply resolves it',
  async () => {
    await kubectlApply(manifest('one'))
    await until('it is in sync', inSync('one'), 20_000)
    const env = [{ name: 'DB_PASSWORD', value: 'hunter3-and-more' }]
    await edit('one', {
      spec: { replicas: 5, template: { spec: { containers: [{ name: 'web', image: 'nginx:2', env }] } } },
    })
    const item = await driftOf('one')
    expect(item).toMatchObject({
      status: 'changed',
      tier: 'since_apply',
      key: 'kubernetes/test/-/apps.Deployment/default/one',
      actor: { type: 'field_manager', name: 'kubectl-edit' },
    })
    const owner = { manager: 'kubectl-edit', operation: 'Update' }
    const byPath = Object.fromEntries(item.fields.map((field) => [field.path, field]))
    expect(byPath).toMatchObject({
      'spec.replicas': { before: 2, after: 5, owner },
      'spec.template.spec.containers[name=web].image': { before: 'nginx:1', after: 'nginx:2', owner },
    })
    expect(item.fields).toHaveLength(3)
    const secret = byPath['spec.template.spec.containers[name=web].env[name=DB_PASSWORD].value']
    expect(secret).toMatchObject({
      before: expect.stringContaining('(redacted:'),
      after: expect.stringContaining('(redacted:'),
    })
    expect(secret?.before).not.toEqual(secret?.after)
    await kubectlApply(manifest('one'))
    await until('it is in sync again', inSync('one'), 20_000)
  },
  timeoutMs,
)

test(
  'what is there becomes what is wanted: an apply that changes nothing else resolves it',
  async () => {
    await kubectlApply(manifest('two'))
    await until('it is in sync', inSync('two'), 20_000)
    await edit('two', { spec: { replicas: 4 } })
    expect((await driftOf('two')).fields).toMatchObject([{ path: 'spec.replicas', before: 2, after: 4 }])
    await kubectlApply(manifest('two', { replicas: 4 }))
    await until('it is in sync again', inSync('two'), 20_000)
  },
  timeoutMs,
)

test(
  'an element that is gone is drift, replicas that an autoscaler has are not',
  async () => {
    await kubectlApply(manifest('three'))
    await until('it is in sync', inSync('three'), 20_000)
    await cluster.admin.patch(
      `${deployments}/three/scale`,
      { spec: { replicas: 9 } },
      { manager: 'kube-controller-manager', type: 'merge' },
    )
    await edit('three', {
      spec: { template: { spec: { containers: [{ name: 'web', env: [{ $patch: 'delete', name: 'MODE' }] }] } } },
    })
    const item = await driftOf('three')
    expect(item.fields).toMatchObject([
      {
        path: 'spec.template.spec.containers[name=web].env[name=MODE]',
        before: { name: 'MODE', value: 'slow' },
        after: null,
      },
    ])
  },
  timeoutMs,
)

test(
  'server-side apply: a field that another manager takes is drift, and no longer when it is applied again',
  async () => {
    const { metadata, ...object } = manifest('four')
    const { annotations: _, ...named } = metadata
    const applied = { ...object, metadata: named }
    const apply = () => cluster.admin.apply(`${deployments}/four`, applied, { manager: 'kustomize-controller' })
    await apply()
    await until('it is in sync', inSync('four'), 20_000)
    await edit('four', {
      spec: { replicas: 3, template: { spec: { containers: [{ name: 'web', image: 'nginx:9' }] } } },
    })
    const item = await driftOf('four')
    expect(item.fields).toHaveLength(2)
    expect(item.fields).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          path: 'spec.replicas',
          before: 2,
          after: 3,
          owner: expect.objectContaining({ manager: 'kubectl-edit', operation: 'Update' }),
        }),
        expect.objectContaining({
          path: 'spec.template.spec.containers[name=web].image',
          before: 'nginx:1',
          after: 'nginx:9',
        }),
      ]),
    )
    await apply()
    await until('it is in sync again', inSync('four'), 20_000)
  },
  timeoutMs,
)

test(
  'an object to which nothing was applied is in no list, and counted apart from what is managed',
  async () => {
    const before = await coverage()
    const { metadata, ...object } = manifest('five')
    await cluster.admin.create(deployments, { ...object, metadata: { name: metadata.name } }, 'kubectl-create')
    await until('it is counted', async () => (await coverage()).not_applied === before.not_applied + 1, 20_000)
    expect(await drift('five')).toBeUndefined()
    expect(await inSync('five')()).toBe(false)
  },
  timeoutMs,
)

test(
  'who scales an object made the change, the first time, again, and after others have written',
  async () => {
    const { metadata, ...object } = manifest('six')
    await cluster.admin.create(deployments, { ...object, metadata: { name: metadata.name } }, 'kubectl-create')
    const key = encodeURIComponent('kubernetes/test/-/apps.Deployment/default/six')
    const history = async () =>
      (await get<{ changes?: { actor: { name: string } | null }[] }>(`/v1/resources/${key}/history`)).changes ?? []
    const writers = async () => (await history()).map(({ actor }) => actor?.name).reverse()
    const scale = (replicas: number) =>
      cluster.admin.patch(`${deployments}/six/scale`, { spec: { replicas } }, { manager: 'kubectl', type: 'merge' })
    const made = ['kubectl-create']
    const seen = async (writer: string) => {
      made.push(writer)
      await until(`the change of ${writer} is seen`, async () => (await history()).length === made.length, 20_000)
    }
    await until('it is seen', async () => (await history()).length === 1, 20_000)
    await scale(5)
    await seen('kubectl')
    await edit('six', { metadata: { labels: { a: 'b' } } })
    await seen('kubectl-edit')
    await scale(6)
    await seen('kubectl')
    expect(await writers()).toEqual(made)
  },
  timeoutMs,
)
