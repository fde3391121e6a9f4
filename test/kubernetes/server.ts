import path from 'node:path'
import { BackgroundProcess } from '../background-process.ts'
import { kubeApiserver } from './build.ts'

/** What differs from one start of a server to the next. */
export interface ServerOptions {
  /** Without it each read and watch goes to etcd: a version that was compacted is 410 at once. Default: on. */
  readonly watchCache?: boolean
  /** How often what is older than the interval before is compacted; kube-apiserver's own 300 by default. */
  readonly compactionSeconds?: number
  /** `false`: `sendInitialEvents` is answered 422, as by servers before 1.32. Default: on. */
  readonly watchList?: boolean
  /** A watch that says no timeout ends after 1 to 2 times as long. kube-apiserver's own 1,800 by default. */
  readonly watchSeconds?: number
  /** Deleting a namespace or an owner deletes what belongs to it; Deployments make ReplicaSets and Pods. Default: off. */
  readonly controllers?: boolean
  /** Writes `audit.log` in the cluster's folder, all requests at level Metadata. Default: off. */
  readonly audit?: boolean
  /** More flags of kube-apiserver. */
  readonly flags?: Readonly<Record<string, string>>
}

export const issuer = 'https://kubernetes.default.svc'

const flagsOf = (folder: string, port: number, options: ServerOptions): Record<string, string> => ({
  'data-dir': folder,
  'bind-address': '127.0.0.1',
  'secure-port': String(port),
  'external-hostname': '127.0.0.1',
  'endpoint-reconciler-type': 'none',
  'service-cluster-ip-range': '10.0.0.0/24',
  'service-account-issuer': issuer,
  'token-auth-file': path.join(folder, 'tokens.csv'),
  'authorization-mode': 'RBAC',
  // Nobody makes the `default` account that it wants before the first Pod.
  'disable-admission-plugins': 'ServiceAccount',
  'watch-cache': String(options.watchCache ?? true),
  'feature-gates': `WatchList=${options.watchList ?? true}`,
  controllers: String(options.controllers ?? false),
  ...(options.compactionSeconds !== undefined && { 'etcd-compaction-interval': `${options.compactionSeconds}s` }),
  ...(options.watchSeconds !== undefined && { 'min-request-timeout': String(options.watchSeconds) }),
  ...(options.audit === true && {
    'audit-log-path': path.join(folder, 'audit.log'),
    'audit-policy-file': path.join(folder, 'audit-policy.json'),
  }),
  ...options.flags,
})

const pollMs = 50

/** The process of kube-apiserver with its etcd. */
export class ServerProcess extends BackgroundProcess {
  readonly folder: string
  readonly url: string
  readonly #port: number

  constructor(folder: string, port: number) {
    super(kubeApiserver(), path.join(folder, 'log.txt'))
    this.folder = folder
    this.url = `https://127.0.0.1:${port}`
    this.#port = port
  }

  launch(options: ServerOptions): void {
    const flags = Object.entries(flagsOf(this.folder, this.#port, options))
    this.start(flags.map(([name, value]) => `--${name}=${value}`))
  }

  /** Waits until something holds of a running server; fails with its log when it ends before, or after the limit. */
  async until(what: string, holds: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
    const deadline = Date.now() + limitMs
    while (!(await holds())) {
      if (!this.isRunning) throw new Error(`the API server ended before ${what}: ${this.log}`)
      if (Date.now() > deadline) throw new Error(`the API server: waited in vain until ${what}: ${this.log}`)
      await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
  }
}
