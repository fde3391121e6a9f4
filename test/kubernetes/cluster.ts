import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { freePorts } from '../kafka/cluster.ts'
import { KubeClient, type KubeObject } from './client.ts'
import { type ServerOptions, ServerProcess } from './server.ts'
import { signToken } from './token.ts'

export interface ClusterOptions extends ServerOptions {
  /** Where the cluster keeps its data; a temporary folder that goes with the cluster by default. */
  readonly folder?: string
  /** Users beside `admin`, without rights until `grant`; `vaino` and `alice` by default. */
  readonly users?: readonly string[]
}

/** A rule of RBAC. */
export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
}

/** Reads everything, Secrets included. */
export const readAll: Rule = { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] }

/** How long a start takes at most on a machine that is busy; 2 to 4 s on one that isn't. */
const readyTimeoutMs = 120_000
const rbac = '/apis/rbac.authorization.k8s.io/v1'
const auditPolicy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Metadata' }] }

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const tokenLine = (user: string, token: string): string =>
  `${token},${user},${user}${user === 'admin' ? ',system:masters' : ''}\n`

/** A running cluster without nodes: the real API server over a real etcd, on loopback. */
export class KubeCluster implements AsyncDisposable {
  readonly folder: string
  readonly url: string
  readonly server: ServerProcess
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string
  /** The administrator's requests. */
  readonly admin: KubeClient
  readonly #tokens: ReadonlyMap<string, string>
  readonly #temporary: boolean
  #options: ServerOptions
  #kubeconfigs = 0

  private constructor(
    server: ServerProcess,
    tokens: ReadonlyMap<string, string>,
    options: ServerOptions,
    temporary: boolean,
  ) {
    this.server = server
    this.folder = server.folder
    this.url = server.url
    this.#tokens = tokens
    this.#options = options
    this.#temporary = temporary
    this.ca = readFileSync(path.join(server.folder, 'ca.crt'), 'utf8')
    this.admin = this.client('admin')
  }

  /** Starts a cluster and resolves when it is ready. */
  static async start({ folder, users = ['vaino', 'alice'], ...options }: ClusterOptions = {}): Promise<KubeCluster> {
    const place = folder ?? mkdtempSync(path.join(os.tmpdir(), 'vaino-kubernetes-'))
    mkdirSync(place, { recursive: true })
    const tokens = new Map(['admin', ...users].map((user) => [user, randomBytes(16).toString('hex')]))
    writeFileSync(path.join(place, 'tokens.csv'), [...tokens].map(([user, token]) => tokenLine(user, token)).join(''))
    writeFileSync(path.join(place, 'audit-policy.json'), JSON.stringify(auditPolicy))
    const [port = 0] = await freePorts(1)
    const server = new ServerProcess(place, port)
    try {
      server.launch(options)
      // The last file that it makes before it serves.
      await server.until('it has its certificates', () => existsSync(path.join(place, 'etcd-url')), readyTimeoutMs)
      const cluster = new KubeCluster(server, tokens, options, folder === undefined)
      await cluster.whenReady()
      return cluster
    } catch (error) {
      await server.kill()
      if (folder === undefined) rmSync(place, { recursive: true, force: true })
      throw error
    }
  }

  /** Starts the server that was stopped or killed, on the same data and port. @param options what differs from now on */
  async start(options: ServerOptions = {}): Promise<void> {
    this.#options = { ...this.#options, ...options }
    this.server.launch(this.#options)
    await this.whenReady()
  }

  async restart(options: ServerOptions = {}): Promise<void> {
    await this.server.kill()
    await this.start(options)
  }

  /** Resolves when the server says that it is ready. */
  async whenReady(): Promise<void> {
    await this.server.until(
      'it is ready',
      async () => {
        try {
          return (await this.admin.send('GET', '/readyz')).status === 200
        } catch {
          // It doesn't listen yet; `until` has the time limit.
          return false
        }
      },
      readyTimeoutMs,
    )
  }

  token(user: string): string {
    const found = this.#tokens.get(user)
    if (found === undefined) throw new Error(`the cluster has no user ${user}`)
    return found
  }

  /** A user's requests. The caller disposes it. */
  client = (user: string): KubeClient => new KubeClient(this.url, this.ca, this.token(user))

  /** PEM of the administrator's certificate and key, for a kubeconfig without a token. */
  get certificate(): { readonly cert: string; readonly key: string } {
    const read = (name: string) => readFileSync(path.join(this.folder, name), 'utf8')
    return { cert: read('admin.crt'), key: read('admin.key') }
  }

  /**
   * Writes a kubeconfig with one context, `test`, and answers its path.
   * @param user a user of this cluster by name, or what a kubeconfig may have as `users[].user`: `{ tokenFile }`, `{ exec }` …
   * @param url another address than the server's own, such as a proxy's
   */
  kubeconfig(user: string | Readonly<Record<string, unknown>> = 'vaino', url = this.url): string {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: 'test',
          cluster: { server: url, 'certificate-authority-data': Buffer.from(this.ca).toString('base64') },
        },
      ],
      users: [{ name: 'test', user: typeof user === 'string' ? { token: this.token(user) } : user }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      'current-context': 'test',
    }
    this.#kubeconfigs++
    const file = path.join(this.folder, `kubeconfig-${this.#kubeconfigs}.json`)
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
    return file
  }

  /** What a user may do in the whole cluster, in place of what it might before. */
  async grant(user: string, ...rules: readonly Rule[]): Promise<void> {
    const name = `tests:${user}`
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name } }
    await this.admin.apply(`${rbac}/clusterroles/${name}`, { ...role, kind: 'ClusterRole', rules })
    await this.admin.apply(`${rbac}/clusterrolebindings/${name}`, {
      ...role,
      kind: 'ClusterRoleBinding',
      roleRef,
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
    })
  }

  /** Takes all rights from a user. Watches that run go on: the server checks rights when a request begins. */
  revoke = (user: string): Promise<void> => this.grant(user)

  /**
   * A token of a service account that must exist.
   * @param seconds how long the server accepts it from now on; it remembers for up to 10 s more that it accepted it
   */
  async serviceAccountToken(namespace: string, name: string, seconds: number): Promise<string> {
    const account = await this.admin.get(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}`)
    return signToken(
      path.join(this.folder, 'service-account.key'),
      { namespace, name, uid: account.metadata.uid ?? '' },
      seconds,
    )
  }

  /** Compacts etcd's whole history now: what is read at an older version is 410, from the watch cache what it still has. */
  async compact(): Promise<void> {
    const { header } = await this.#etcd('range', { key: base64('/'), count_only: true })
    await this.#etcd('compaction', { revision: header.revision, physical: true })
  }

  /**
   * Writes config maps into etcd, past the server, which takes ten times as long for each: its watches see them as any other write.
   * @param objects 2 MB together at most
   */
  async store(objects: readonly KubeObject[]): Promise<void> {
    const puts = objects.map(({ metadata: { resourceVersion: _, ...metadata }, ...own }) => ({
      requestPut: {
        key: base64(`/registry/configmaps/${metadata.namespace}/${metadata.name}`),
        value: base64(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, ...own })),
      },
    }))
    await this.#etcd('txn', { success: puts })
  }

  async #etcd(call: string, body: object): Promise<{ readonly header: { readonly revision: string } }> {
    const url = readFileSync(path.join(this.folder, 'etcd-url'), 'utf8')
    const answer = await fetch(`${url}/v3/kv/${call}`, { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${call}: ${await answer.text()}`)
    return (await answer.json()) as { header: { revision: string } }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.admin[Symbol.dispose]()
    await this.server.kill()
    if (this.#temporary) rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Starts a cluster and resolves when it is ready. */
export const startCluster = (options: ClusterOptions = {}): Promise<KubeCluster> => KubeCluster.start(options)
