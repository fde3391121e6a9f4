import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { until } from '../../api/test-server.ts'
import { runCli, ServerProcess } from '../server-process.ts'
import { kubeApiserver } from './build.ts'
import type { KubeObject } from './client.ts'
import { type KubeCluster, readAll, startCluster } from './cluster.ts'
import { metadataBlock, stateOf } from './terraform-state.ts'

const timeoutMs = 240_000
const configMaps = '/api/v1/namespaces/default/configmaps'
const secrets = '/api/v1/namespaces/default/secrets'
const deployments = '/apis/apps/v1/namespaces/default/deployments'
const labels = { app: 'web' }

// Before the time of any test begins.
kubeApiserver()

let cluster: KubeCluster
let folder: string
beforeAll(async () => {
  cluster = await startCluster()
  await cluster.grant('vaino', readAll)
  process.env.KUBECONFIG = cluster.kubeconfig()
  folder = mkdtempSync(path.join(os.tmpdir(), 'vaino-states-'))
}, timeoutMs)
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const deployment = (name: string) => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, labels, annotations: { owner: 'web' } } },
  spec: {
    ...{ replicas: 2, selector: { matchLabels: labels } },
    template: {
      metadata: { labels },
      spec: {
        containers: [
          {
            ...{ name: 'web', image: 'nginx:1', ports: [{ containerPort: 80 }], args: ['a', 'b'] },
            env: [{ name: 'MODE', value: 'slow' }],
            resources: { limits: { cpu: '500m', memory: '1Gi' } },
            livenessProbe: { httpGet: { path: '/', port: 80, httpHeaders: [{ name: 'X', value: '1' }] } },
          },
        ],
        volumes: [{ name: 'tmp', emptyDir: {} }],
      },
    },
  },
})

/** As the provider's schema has it: blocks are lists, unset attributes are null, empty or zero. */
const deploymentAttributes = (object: KubeObject) => ({
  ...{ id: `default/${object.metadata.name}`, timeouts: null, wait_for_rollout: true },
  metadata: metadataBlock(object, labels, { owner: 'web' }),
  spec: [
    {
      ...{
        min_ready_seconds: 0,
        paused: false,
        progress_deadline_seconds: 600,
        replicas: '2',
        revision_history_limit: 10,
      },
      selector: [{ match_expressions: [], match_labels: labels }],
      strategy: [{ rolling_update: [{ max_surge: '25%', max_unavailable: '25%' }], type: 'RollingUpdate' }],
      template: [
        {
          metadata: [{ annotations: {}, generate_name: '', generation: 0, labels, name: '', namespace: '', uid: '' }],
          spec: [
            {
              ...{ dns_policy: 'ClusterFirst', restart_policy: 'Always', termination_grace_period_seconds: 30 },
              ...{ host_ipc: false, hostname: '', init_container: [], node_selector: {}, security_context: [] },
              ...{
                scheduler_name: 'default-scheduler',
                volume: [{ name: 'tmp', empty_dir: [{ medium: '', size_limit: '' }] }],
              },
              container: [
                {
                  ...{ name: 'web', image: 'nginx:1', args: ['a', 'b'], command: [], working_dir: '', stdin: false },
                  env: [{ name: 'MODE', value: 'slow', value_from: [] }],
                  port: [{ container_port: 80, host_ip: '', host_port: 0, name: '', protocol: 'TCP' }],
                  resources: [{ limits: { cpu: '500m', memory: '1Gi' }, requests: {} }],
                  liveness_probe: [
                    {
                      ...{ failure_threshold: 3, period_seconds: 10, success_threshold: 1, timeout_seconds: 1 },
                      ...{ initial_delay_seconds: 0, exec: [], grpc: [], tcp_socket: [] },
                      http_get: [
                        { host: '', http_header: [{ name: 'X', value: '1' }], path: '/', port: '80', scheme: 'HTTP' },
                      ],
                    },
                  ],
                  ...{ image_pull_policy: 'IfNotPresent', termination_message_path: '/dev/termination-log' },
                },
              ],
            },
          ],
        },
      ],
    },
  ],
})

const configMap = (name: string, data: object, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', ...more },
  data,
})

const manifest = configMap('manifest', { mode: 'fast' }, { labels })

const revision = (release: string, number: number, status: string) => ({
  ...{ apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v1', data: { release: 'SDRzSUE=' } },
  metadata: {
    name: `sh.helm.release.v1.${release}.v${number}`,
    labels: { name: release, owner: 'helm', status, version: String(number) },
  },
})

const release = (name: string) => ({
  ...{ type: 'helm_release', name },
  attributes: {
    id: name,
    name,
    namespace: 'default',
    status: 'deployed',
    metadata: { name, namespace: 'default', revision: 1 },
  },
})

const typed = (type: string, name: string, attributes: object) => ({ type, name, attributes })

/** Makes everything, and the state that describes it. */
async function apply(): Promise<string> {
  const by = 'HashiCorp'
  const web = await cluster.admin.create(deployments, deployment('web'), by)
  const gone = await cluster.admin.create(configMaps, configMap('gone', { a: '1' }), by)
  const settings = await cluster.admin.create(configMaps, configMap('settings', { a: '1', b: '2' }), by)
  await cluster.admin.apply(`${configMaps}/manifest`, manifest, { manager: 'Terraform' })
  const secret = await cluster.admin.create(
    secrets,
    { metadata: { name: 'token' }, stringData: { token: 'hunter2-hunter2' } },
    by,
  )
  await cluster.admin.create(secrets, revision('shop', 1, 'deployed'), 'terraform-provider-helm')
  await cluster.admin.create(
    configMaps,
    configMap(
      'shop',
      { a: '1' },
      { annotations: { 'meta.helm.sh/release-name': 'shop', 'meta.helm.sh/release-namespace': 'default' } },
    ),
    'terraform-provider-helm',
  )
  return stateOf([
    typed('kubernetes_deployment_v1', 'web', deploymentAttributes(web)),
    typed('kubernetes_config_map', 'gone', { id: 'default/gone', metadata: metadataBlock(gone, {}), data: { a: '1' } }),
    typed('kubernetes_config_map_v1', 'settings', {
      ...{ id: 'default/settings', metadata: metadataBlock(settings, {}), data: { a: '1', b: '2' }, binary_data: {} },
      immutable: false,
    }),
    typed('kubernetes_secret_v1', 'token', {
      ...{
        id: 'default/token',
        metadata: metadataBlock(secret, {}),
        data: { token: 'hunter2-hunter2' },
        type: 'Opaque',
      },
      wait_for_service_account_token: true,
    }),
    typed('kubernetes_manifest', 'manifest', {
      ...{ manifest: { value: manifest, type: ['object', {}] }, object: { value: manifest, type: ['object', {}] } },
      ...{ computed_fields: null, field_manager: [], timeouts: [], wait: [], wait_for: null },
    }),
    release('shop'),
    release('lost'),
  ])
}

interface Item {
  readonly address: string
  readonly status: string
  readonly reason: string | null
  readonly tier: string | null
  readonly replaced: boolean
  readonly actor: { readonly name?: string } | null
  readonly state: string
  readonly fields: readonly { readonly path: string; readonly before: unknown; readonly after: unknown }[]
}

const told = ({ address, status, fields, reason }: Item): string =>
  [
    address,
    status,
    reason ?? '',
    ...fields.map(({ path: at, before, after }) => `${at}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`),
  ]
    .filter((part) => part !== '')
    .join(' ')

async function once(): Promise<{ code: number | null; said: string[]; stderr: string }> {
  const { code, stdout, stderr } = await runCli(
    [
      'drift',
      '--source',
      `terraform:${folder}`,
      '--source',
      'kubernetes:test',
      '-o',
      'ndjson',
      '--status',
      'in_sync,changed,missing,unmanaged,unknown',
    ],
    folder,
  )
  const items = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Partial<Item>)
  return {
    code,
    stderr,
    said: items.flatMap((item) => (item.address === undefined ? [] : [told(item as Item)])).sort(),
  }
}

const applied = [
  'helm_release.lost missing',
  'helm_release.shop in_sync',
  'kubernetes_config_map.gone in_sync',
  'kubernetes_config_map_v1.settings in_sync',
  'kubernetes_deployment_v1.web in_sync',
  'kubernetes_manifest.manifest in_sync',
  'kubernetes_secret_v1.token in_sync',
]

/** What people do to a cluster in which Terraform has made things. */
async function edit(): Promise<void> {
  const spec = { template: { spec: { containers: [{ name: 'web', image: 'nginx:2' }] } } }
  await cluster.admin.patch(
    `${deployments}/web`,
    { spec: { replicas: 5, ...spec } },
    { manager: 'kubectl-edit', type: 'strategic' },
  )
  await cluster.admin.patch(`${configMaps}/settings`, { data: { b: null, c: '3' } }, { manager: 'kubectl-edit' })
  await cluster.admin.patch(`${configMaps}/manifest`, { data: { mode: 'slow' } }, { manager: 'kubectl-edit' })
  await cluster.admin.delete(`${configMaps}/gone`)
  await cluster.admin.create(secrets, revision('shop', 2, 'deployed'), 'helm')
  await cluster.admin.create(configMaps, configMap('byhand', {}), 'kubectl-create')
}

const edited = [
  'default/byhand unmanaged',
  'helm_release.lost missing',
  'helm_release.shop changed metadata.revision: 1 → 2',
  'kubernetes_config_map.gone missing',
  'kubernetes_config_map_v1.settings changed data.b: "2" → null',
  'kubernetes_deployment_v1.web changed spec.replicas: "2" → 5 spec.template.spec.containers[name=web].image: "nginx:1" → "nginx:2"',
  'kubernetes_manifest.manifest changed data.mode: "fast" → "slow"',
  'kubernetes_secret_v1.token in_sync',
]

test(
  'a state of kubernetes_* and helm_release is joined by uid with what a cluster shows: in sync, changed with its fields, missing, by hand',
  async () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, 'terraform.tfstate'), await apply())
    const before = await once()
    expect(before.said).toEqual(applied)

    await using vaino = new ServerProcess({
      sources: [
        { kind: 'terraform', where: folder },
        { kind: 'kubernetes', where: 'test' },
      ],
      interval: '2s',
    })
    await vaino.start()
    const items = async (): Promise<Item[]> => {
      const answer = await fetch(`${vaino.url}/v1/drift?status=in_sync,changed,missing,unmanaged,unknown&limit=1000`)
      const { drift } = (await answer.json()) as { drift: Item[] }
      return drift
    }
    const said = async () =>
      (await items())
        .filter(({ address }) => /^(?:kubernetes_|helm_|default\/byhand)/.test(address))
        .map(told)
        .sort()
    const shows = (expected: readonly string[]) => async () => JSON.stringify(await said()) === JSON.stringify(expected)
    await until('the server says the same', shows(applied), 60_000).catch(async () =>
      expect(await said()).toEqual(applied),
    )
    await edit()
    await until('the server shows the edits', shows(edited), 60_000).catch(async () =>
      expect(await said()).toEqual(edited),
    )
    const web = (await items()).find(({ address }) => address === 'kubernetes_deployment_v1.web')
    expect(web).toMatchObject({ tier: 'state', replaced: false, actor: { name: 'kubectl-edit' } })

    const twice = (await items()).filter(({ state, status }) => state.endsWith(':applied') && status === 'changed')
    expect(twice).toEqual([])

    const after = await once()
    expect(after.said).toEqual(edited)
    expect(after.code).toBe(1)

    for (const number of [1, 2]) await cluster.admin.delete(`${secrets}/sh.helm.release.v1.shop.v${number}`)
    const ofHelm = (said: readonly string[]) => said.filter((text) => text.startsWith('helm_release.'))
    await until('the uninstalled release is missing', async () =>
      ofHelm(await said()).includes('helm_release.shop missing'),
    )
    // Whoever comes only now can't tell an uninstalled release from one that Helm keeps elsewhere.
    expect(ofHelm((await once()).said)).toEqual(
      ['lost', 'shop'].map((name) => `helm_release.${name} unknown versions_not_seen`),
    )
  },
  timeoutMs,
)
