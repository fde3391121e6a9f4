import { setTimeout as pause } from 'node:timers/promises'
import { VainoError } from '../../model/errors.ts'
import type { JsonObject } from '../../model/json.ts'
import { formatScope, type Scope } from '../../model/scope.ts'
import type { ConnectorContext } from '../connector.ts'
import type { EventSink, Observer, ScanReport, Source, Target } from '../source.ts'
import { TargetGone } from '../target-gone.ts'
import { openAccess } from './access/open-access.ts'
import { ApiServer } from './api/api-server.ts'
import { Discovery } from './discovery/discovery.ts'
import { nameOfKind, pathOfKind, type ServedKind } from './discovery/kinds.ts'
import { selectKinds } from './discovery/selection.ts'
import { followList } from './objects/follow.ts'
import { PageSize } from './objects/list.ts'
import { type ListTask, observeList } from './objects/scan.ts'
import { readObject } from './objects/to-resource.ts'
import type { KubernetesOptions } from './options.ts'

/** The list of kinds is looked at again after this long, and sooner when a definition has changed. */
const discoverMs = 10_000
/** A kind that the server has not named for this long is gone; one that starts may leave some out for seconds. */
const goneAfterMs = 15_000
/** Calls to one API server: client-go's own limits are 50 and 300 for discovery, 5 and 10 else. */
const rate = { perSecond: 50, burst: 100 }

/** A scope and what is listed for it. */
interface Watched {
  readonly kind: ServedKind
  readonly namespace: string | null
  readonly scope: Scope
  readonly pageSize: PageSize
  /** Since when the server's list lacks it, by a monotonic clock; null: it has it. */
  missingSince: number | null
}

/** A cluster that is reached. */
interface Cluster extends Disposable {
  readonly fingerprint: string
  readonly address: string
  readonly server: ApiServer
  readonly discovery: Discovery
}

/** All kinds of one cluster, a scope each (or one for each namespace): scanned by lists, followed by watches. */
export class KubernetesSource implements Source {
  readonly name: string
  readonly #where: string
  readonly #cluster: string
  readonly #options: KubernetesOptions
  readonly #context: ConnectorContext
  readonly #watched = new Map<Scope, Watched>()
  #reached: Cluster | null = null

  constructor(where: string, options: KubernetesOptions, context: ConnectorContext) {
    this.#where = where
    this.#cluster = options.name ?? where
    this.#options = options
    this.#context = context
    this.name = `kubernetes:${context.redactor.redactText(where)}`
  }

  async *targets(signal: AbortSignal): AsyncGenerator<readonly Target[], void, void> {
    const cluster = await this.#reach()
    for (let before = ''; !signal.aborted; ) {
      this.#take(await cluster.discovery.kinds(signal))
      const targets = [...this.#watched.values()].map((one) => this.#targetOf(one, cluster))
      const now = JSON.stringify(targets)
      if (now !== before) yield targets
      before = now
      if (this.#context.readsOnce === true) return
      await pause(discoverMs, undefined, { signal })
    }
  }

  async scan(target: Target, out: Observer, signal: AbortSignal): Promise<ScanReport> {
    const { task, watched } = this.#taskOf(target)
    if (isGone(watched)) {
      throw new TargetGone(
        `${nameOfKind(watched.kind)} is not served by the cluster any more`,
        'Its definition was removed, or its API server is not registered any more. Forget the scope where it stays so.',
      )
    }
    const resume = await observeList(task, out, signal)
    return watched.kind.isWatchable ? { resume } : {}
  }

  async follow(target: Target, resume: string | null, out: EventSink, signal: AbortSignal): Promise<'relist'> {
    const { task } = this.#taskOf(target)
    const more = {
      silenceMs: this.#options.silence_seconds * 1000,
      redactText: this.#context.redactor.redactText,
      onProgress: () => undefined,
    }
    return followList({ ...task, ...more }, resume ?? '', out, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reached?.[Symbol.dispose]()
  }

  /** The kubeconfig is read anew each time: what was wrong in it may have been put right. Where it says the same, watches go on. */
  async #reach(): Promise<Cluster> {
    const access = await openAccess(this.#where, process.env)
    if (this.#reached?.fingerprint === access.fingerprint) return this.#reached
    this.#reached?.[Symbol.dispose]()
    const server = new ApiServer(`the API server of ${this.#where}`, access, {
      timeoutMs: this.#options.timeout_seconds * 1000,
      budget: this.#context.budget(`kubernetes ${access.server.host}`, rate),
      redactText: this.#context.redactor.redactText,
    })
    this.#reached = {
      fingerprint: access.fingerprint,
      address: access.server.href,
      server,
      discovery: new Discovery(server),
      [Symbol.dispose]: () => server[Symbol.dispose](),
    }
    return this.#reached
  }

  /** Keeps what is watched equal to what is served. What is served no more stays listed, for its scan to say so. */
  #take(served: readonly ServedKind[]): void {
    const { namespaces, kinds } = this.#options
    const chosen = selectKinds(served, kinds, namespaces.length > 0)
    const now = performance.now()
    const listed = new Set<Scope>()
    for (const kind of chosen)
      for (const namespace of namespaces.length > 0 ? namespaces : [null]) {
        const collection = nameOfKind(kind)
        const scope = formatScope({ provider: 'kubernetes', account: this.#cluster, location: namespace, collection })
        listed.add(scope)
        const pageSize = this.#watched.get(scope)?.pageSize ?? new PageSize()
        this.#watched.set(scope, { kind, namespace, scope, pageSize, missingSince: null })
      }
    for (const [scope, one] of this.#watched) if (!listed.has(scope)) one.missingSince ??= now
  }

  #targetOf(watched: Watched, { address }: Cluster): Target {
    const path = pathOfKind(watched.kind, watched.namespace)
    // Another identity is another thing to read: its scan says that it is gone, or reads it.
    return { scope: watched.scope, identity: `kubernetes ${address} ${path}${isGone(watched) ? ' gone' : ''}` }
  }

  #taskOf({ scope }: Target): { readonly task: ListTask; readonly watched: Watched } {
    const watched = this.#watched.get(scope)
    if (watched === undefined || this.#reached === null) {
      throw new VainoError('source_failed', `${scope} is no longer among what is watched`, {
        hint: 'It is listed anew.',
      })
    }
    const { kind, namespace, pageSize } = watched
    const { selector } = this.#options
    return {
      watched,
      task: {
        server: this.#reached.server,
        path: pathOfKind(kind, namespace),
        pageSize,
        query: selector === undefined ? {} : { labelSelector: selector },
        read: (object: JsonObject) => readObject(object, kind, this.#cluster, this.#context.redactor),
      },
    }
  }
}

const isGone = ({ missingSince }: Watched): boolean =>
  missingSince !== null && performance.now() - missingSince >= goneAfterMs
