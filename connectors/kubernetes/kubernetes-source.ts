import { messageOf, VainoError } from '../../model/errors.ts'
import type { JsonObject } from '../../model/json.ts'
import type { ScanError } from '../../model/record.ts'
import { formatScope, type Scope } from '../../model/scope.ts'
import type { ConnectorContext } from '../connector.ts'
import type { Checked, EventSink, Nudge, Observer, ScanReport, Source, Target } from '../source.ts'
import { sourceName } from '../source-name.ts'
import { TargetGone } from '../target-gone.ts'
import { openAccess } from './access/open-access.ts'
import { ApiServer } from './api/api-server.ts'
import { auditLogOf, followAudit } from './audit/follow-audit.ts'
import { Discovery } from './discovery/discovery.ts'
import { nameOfKind, pathOfKind } from './discovery/kinds.ts'
import { LookAgain } from './discovery/look-again.ts'
import { Schemas } from './discovery/schemas.ts'
import { awaitFirstObject } from './objects/first-object.ts'
import { foldingOf } from './objects/folding.ts'
import { followList } from './objects/follow.ts'
import { type ListTask, observeList } from './objects/scan.ts'
import { readObject } from './objects/to-resource.ts'
import type { KubernetesOptions } from './options.ts'
import { checkAccess } from './permissions/check-access.ts'
import { Permissions } from './permissions/permissions.ts'
import { rolesFor } from './permissions/roles.ts'
import { refusedAgain, watchRefusal } from './permissions/watch-refusal.ts'
import { isGone, type WatchedKind, WatchedKinds } from './watched-kinds.ts'

/** Calls to one API server, all sources together; the server's own priority and fairness does the rest. */
const rate = { api: 'kubernetes', perSecond: 50, burst: 100 }
/** A scope whose watch loses nothing is listed again after this long all the same. */
const relistMs = 60 * 60 * 1000
/** An answer of which only that it comes is of interest: one object and the list around it. */
const maxConfirmBytes = 64 * 1024 * 1024
/** Kinds whose objects say which kinds there are. */
const definitions = new Set(['apiextensions.k8s.io.CustomResourceDefinition', 'apiregistration.k8s.io.APIService'])

/** A cluster that is reached. */
interface Cluster extends Disposable {
  readonly fingerprint: string
  readonly address: string
  readonly server: ApiServer
  readonly discovery: Discovery
  readonly schemas: Schemas
  readonly permissions: Permissions
}

/** All kinds of one cluster, a scope each (or one for each namespace): scanned by lists, followed by watches. */
export class KubernetesSource implements Source {
  readonly name: string
  readonly #where: string
  readonly #cluster: string
  readonly #options: KubernetesOptions
  readonly #context: ConnectorContext
  readonly #watched: WatchedKinds
  readonly #lookAgain = new LookAgain()
  #reached: Cluster | null = null
  readonly events?: (out: Nudge, signal: AbortSignal) => Promise<void>

  constructor(where: string, options: KubernetesOptions, context: ConnectorContext) {
    this.#where = where
    this.#cluster = options.name ?? where
    this.#options = options
    this.#context = context
    this.#watched = new WatchedKinds(this.#cluster, options)
    this.name = sourceName('kubernetes', context.redactor.redactText(where))
    const log = auditLogOf(options.audit, process.env)
    if (log !== null) this.events = (out, signal) => followAudit(log, this.#watched.scopeOf, out, signal)
  }

  async *targets(signal: AbortSignal): AsyncGenerator<readonly Target[], void, void> {
    const cluster = await this.#reach()
    for (let before = ''; ; await this.#lookAgain.wait(signal)) {
      this.#watched.take(await cluster.discovery.kinds(signal))
      if (before === '') this.#recall()
      const targets = this.#watched.targets(cluster.address)
      const now = JSON.stringify(targets)
      if (now !== before) yield targets
      before = now
      if (this.#context.readsOnce === true) return
    }
  }

  async scan(target: Target, out: Observer, signal: AbortSignal): Promise<ScanReport> {
    const watched = this.#watched.get(target.scope)
    const task = this.#taskOf(watched)
    if (isGone(watched)) {
      throw new TargetGone(
        `${nameOfKind(watched.kind)} is not served by the cluster any more`,
        'Its definition was removed, or its API server is not registered any more. Forget the scope where it stays so.',
      )
    }
    const { permissions } = this.#reachedCluster()
    const refusal = await watchRefusal(permissions, watched)
    const warnings = [...(await this.#learnLists(watched, signal)), ...(refusal === null ? [] : [refusal])]
    const { place } = watched
    if (
      refusal === null &&
      place !== null &&
      performance.now() - place.listedAt < relistMs &&
      this.#isWhole(target.scope)
    ) {
      // The watch has what changes; that the server still answers, and to this user, is what is left to see. Without a watch, whether there is an object.
      const query = new URLSearchParams({ limit: '1', ...task.query })
      const answer = await task.server.get(`${task.path}?${query}`, { maxBytes: maxConfirmBytes }, signal)
      const hasObject = Array.isArray(answer?.body.items) && answer.body.items.length > 0
      if (!hasObject || !this.#isPolled(watched)) return { unchanged: true, resume: place.resourceVersion, warnings }
    }
    watched.place = null
    const listedAt = performance.now()
    const { resourceVersion, isEmpty } = await observeList(task, out, signal)
    if (!watched.kind.isWatchable || refusal !== null) return { warnings }
    watched.place = { resourceVersion, listedAt, isEmpty }
    return { resume: resourceVersion, warnings }
  }

  async follow(target: Target, resume: string | null, out: EventSink, signal: AbortSignal): Promise<'relist'> {
    const watched = this.#watched.get(target.scope)
    const definesKinds = definitions.has(nameOfKind(watched.kind))
    const task = {
      ...this.#taskOf(watched),
      silenceMs: this.#options.silence_seconds * 1000,
      redactText: this.#context.redactor.redactText,
      whenSilent: () => this.#reachedCluster().permissions.rulesIn(watched.namespace),
      onEvent: () => {
        if (definesKinds) this.#lookAgain.soon()
      },
      onCommitted: (resourceVersion: string) => {
        if (watched.place !== null) watched.place.resourceVersion = resourceVersion
      },
    }
    const startedAt = performance.now()
    const ended = this.#isPolled(watched)
      ? await awaitFirstObject(task, this.#options.empty_kinds_seconds * 1000, out, signal)
      : await followList(task, resume ?? '', out, signal)
    if (ended.why !== 'silent') watched.place = null
    const isForbidden = ended.why === 'refused' && ended.answered === 403
    watched.watchRefused = isForbidden ? refusedAgain(watched.watchRefused, startedAt) : null
    return 'relist'
  }

  /** Whether a kind without objects is asked for its first one instead of watched. A definition makes kinds, whose objects may come at once. */
  #isPolled({ kind, place }: WatchedKind): boolean {
    return place?.isEmpty === true && this.#options.empty_kinds_seconds > 0 && !definitions.has(nameOfKind(kind))
  }

  checks(signal: AbortSignal): AsyncIterable<Checked> {
    return checkAccess(this.#reachedCluster().permissions, this.#watched.served(), signal)
  }

  async permissions(signal: AbortSignal): Promise<string> {
    const { discovery } = await this.#reach()
    this.#watched.take(await discovery.kinds(signal))
    return rolesFor(this.#watched.served(), this.#options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reached?.[Symbol.dispose]()
  }

  /** What can't be learnt is a warning: lists are then compared by position, which misses nothing. */
  async #learnLists(watched: WatchedKind, signal: AbortSignal): Promise<readonly ScanError[]> {
    try {
      watched.lists = (await this.#reached?.schemas.listsOf(watched.kind, signal)) ?? null
      return []
    } catch (error) {
      signal.throwIfAborted()
      const message = `its schema can't be read, and lists are compared by position: ${messageOf(error)}`
      return [{ message: this.#context.redactor.redactText(message) }]
    }
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
    const permissions = new Permissions(server)
    this.#reached = {
      fingerprint: access.fingerprint,
      address: access.server.href,
      server,
      discovery: new Discovery(server),
      schemas: new Schemas(server),
      permissions,
      [Symbol.dispose]() {
        permissions[Symbol.dispose]()
        server[Symbol.dispose]()
      },
    }
    return this.#reached
  }

  #recall(): void {
    const ofCluster = formatScope({ provider: 'kubernetes', account: this.#cluster, location: null, collection: '' })
    const prefix = ofCluster.slice(0, ofCluster.lastIndexOf('/-/-') + 1)
    this.#watched.recall(this.#context.knownScopes(prefix).map(({ scope }) => scope))
  }

  /** Whether the scope's last scan was complete, and nothing in it waits for a second one. */
  #isWhole(scope: Scope): boolean {
    const known = this.#context.knownScopes(scope).find((one) => one.scope === scope)
    return known?.status === 'fresh' || known?.status === 'stale'
  }

  #reachedCluster(): Cluster {
    if (this.#reached !== null) return this.#reached
    throw new VainoError('source_failed', 'the cluster was not reached yet', { hint: 'It is tried again.' })
  }

  #taskOf(watched: WatchedKind): ListTask {
    const { kind, namespace, pageSize, writes } = watched
    const { selector, kinds } = this.#options
    return {
      server: this.#reachedCluster().server,
      path: pathOfKind(kind, namespace),
      ...{ pageSize, writes },
      query: selector === undefined ? {} : { labelSelector: selector },
      isFolded: foldingOf(nameOfKind(kind), kinds.include),
      read: (object: JsonObject) => readObject(object, watched, this.#cluster, this.#context.redactor),
    }
  }
}
