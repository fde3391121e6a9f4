import { VainoError } from '../../../model/errors.ts'
import type { Scope } from '../../../model/scope.ts'
import type { ConnectorContext } from '../../connector.ts'
import { ScanFailure } from '../../scan-failure.ts'
import type { Inferred, Observer, ScanReport, Source, Target } from '../../source.ts'
import { TargetGone } from '../../target-gone.ts'
import { withoutStrangers } from '../first-bytes.ts'
import { succeed } from '../generation.ts'
import type { Providers } from '../live/live-reading.ts'
import { LiveSource } from '../live/live-source.ts'
import type { TerraformOptions } from '../options.ts'
import { gone } from '../read-file.ts'
import { readState } from '../read-state.ts'
import type { UrlLimits } from '../read-url.ts'
import { errorOf, prefixed } from '../state-errors.ts'
import { isStateScope, liveScopeOf, nameIn, scopeOf } from '../where.ts'
import type { Place } from './place.ts'

/** After this long a state is read although its version is unchanged, in case the place reports a wrong version. */
const longestUnreadMs = 60 * 60_000

interface LastScan {
  readonly version: string
  readonly readAtMs: number
  readonly report: ScanReport
}

/** A state of the last list; `version` is undefined for one that was here and isn't in it any more. */
interface Listed {
  readonly name: string
  readonly version: string | null | undefined
}

interface Known {
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
  /** Its last scan was complete, and left nothing held. */
  readonly isWhole: boolean
}

/** The states of one {@link Place}, each a target of its own. One whose version is the one that was read is not read again. */
export class PlaceSource implements Source {
  readonly name: string
  readonly #place: Place
  readonly #options: TerraformOptions
  readonly #context: ConnectorContext
  readonly #limits: UrlLimits
  readonly #now: () => number
  readonly #live: LiveSource | null
  #listed: ReadonlyMap<Scope, Listed> = new Map()
  /** As of the last list, so that many scans don't ask for all scopes each. */
  readonly #known = new Map<Scope, Known>()
  /** By scope, the last complete scan of this process. */
  readonly #last = new Map<Scope, LastScan>()

  constructor(
    place: Place,
    options: TerraformOptions,
    context: ConnectorContext,
    providers: Providers,
    now: () => number = () => performance.now(),
  ) {
    this.name = `terraform:${place.name}`
    this.#place = place
    this.#options = options
    this.#context = context
    this.#limits = { timeoutMs: options.timeout_seconds * 1000, maxBytes: options.max_bytes }
    this.#now = now
    const chunksOf = ({ name }: { readonly name: string }, signal: AbortSignal) =>
      place.read(name, this.#limits, signal)
    this.#live =
      options.live && new LiveSource(options.live, { where: { kind: 'place' }, context, providers, chunksOf })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#live?.[Symbol.asyncDispose]()
  }

  async *targets(signal: AbortSignal): AsyncGenerator<readonly Target[], void, void> {
    this.#recall()
    const listed = await this.#list(signal)
    this.#listed = listed
    for (const scope of this.#last.keys()) if (!listed.has(scope)) this.#last.delete(scope)
    const deadlineMs = this.#options.deadline_seconds * 1000
    const states = [...listed].map(([scope, { name, version }]): Target => {
      // A version that the list shows for the first time is another thing to read, and read soon.
      const identity = this.#place.isOne ? name : `${name} ${version === undefined ? 'gone' : (version ?? '')}`
      return { scope, identity, deadlineMs }
    })
    const there = [...listed.values()].filter(({ version }) => version !== undefined)
    yield [...states, ...(this.#live?.targets(there.map(({ name }) => ({ name, real: name }))) ?? [])]
  }

  async #list(signal: AbortSignal): Promise<ReadonlyMap<Scope, Listed>> {
    const { name } = this.#place
    if (this.#place.isOne) return new Map([[scopeOf(name), { name, version: null }]])
    const states = await this.#place.list(this.#limits, signal).catch((error: unknown) => {
      throw signal.aborted ? error : this.#failed(name, error)
    })
    const listed = new Map<Scope, Listed>(states.map((state) => [scopeOf(state.name), state]))
    for (const [scope, { name: missing }] of this.#known) {
      if (!listed.has(scope)) listed.set(scope, { name: missing, version: undefined })
    }
    if (listed.size > 0) return listed
    throw new VainoError('source_failed', `${name} holds no Terraform state`, {
      hint: 'Below a prefix a state is an object whose name ends in .tfstate; name any other by its whole key.',
    })
  }

  /** What the engine knows of these states, committed by an earlier process too. */
  #recall(): void {
    this.#known.clear()
    for (const { scope, attributes, status } of this.#context.knownScopes('terraform/')) {
      const name = typeof attributes.path === 'string' ? attributes.path : nameIn(scope)
      if (!this.#place.covers(name) || scopeOf(name) !== scope) continue
      this.#known.set(scope, { name, attributes, isWhole: status === 'fresh' || status === 'stale' })
    }
  }

  reread({ scope }: Target, ids: ReadonlySet<string>, out: Observer, signal: AbortSignal): Promise<ScanReport> {
    return this.#scanLive(scope, out, signal, ids)
  }

  async *inferred(signal: AbortSignal): AsyncGenerator<Inferred, void, void> {
    if (this.#live === null) return
    for await (const _ of this.targets(signal)) break
    for (const { name } of this.#listed.values()) yield* this.#live.inferred({ name, path: null }, signal)
  }

  async #scanLive(scope: Scope, out: Observer, signal: AbortSignal, only?: ReadonlySet<string>): Promise<ScanReport> {
    const listed = [...this.#listed.values()].find(({ name }) => liveScopeOf(name) === scope)
    if (listed === undefined || this.#live === null) throw gone()
    try {
      return await this.#live.scan({ name: listed.name, path: null }, out, signal, only)
    } catch (error) {
      // What the live reading says of a state names it already.
      throw error instanceof ScanFailure || signal.aborted ? error : this.#failed(listed.name, error)
    }
  }

  async scan({ scope }: Target, out: Observer, signal: AbortSignal): Promise<ScanReport> {
    if (!isStateScope(scope)) return this.#scanLive(scope, out, signal)
    const listed = this.#listed.get(scope)
    if (listed === undefined || listed.version === undefined) {
      const name = listed?.name ?? nameIn(scope)
      throw new TargetGone(`${name} is gone`, 'Put it back, or forget the scope; its resources are kept until then.')
    }
    const { name } = listed
    try {
      const version = this.#place.isOne ? await this.#place.stat(name, this.#limits, signal) : listed.version
      return this.#unchanged(scope, version) ?? (await this.#read(scope, name, version, out, signal))
    } catch (error) {
      throw signal.aborted ? error : this.#failed(name, error)
    }
  }

  /**
   * What the last scan reported, where this process has read this very version and it is what the scope was last known as: another
   * process may have read another one meanwhile, or a part of one.
   */
  #unchanged(scope: Scope, version: string | null): ScanReport | null {
    const last = this.#last.get(scope)
    if (last === undefined || version === null || last.version !== version) return null
    if (this.#now() - last.readAtMs > longestUnreadMs) return null
    const known = this.#known.get(scope)
    return known?.isWhole && known.attributes.version === version ? { ...last.report, unchanged: true } : null
  }

  async #read(
    scope: Scope,
    name: string,
    version: string | null,
    out: Observer,
    signal: AbortSignal,
  ): Promise<ScanReport> {
    const before = this.#last.get(scope)?.report.attributes ?? this.#known.get(scope)?.attributes
    // Until it has ended complete, the scope is not as any version says.
    this.#last.delete(scope)
    const readAtMs = this.#now()
    const reading = await readState(withoutStrangers(this.#place.read(name, this.#limits, signal)), {
      redactor: this.#context.redactor,
      dataSources: this.#options.data_sources,
      observe: (resource) => out.observe(resource),
    })
    const { attributes, warnings } = succeed(before, reading, new Date())
    for (const problem of reading.problems) out.missed(prefixed(name, problem))
    const report: ScanReport = {
      attributes: { path: name, ...(version === null ? {} : { version }), ...attributes },
      warnings: warnings.map((warning) => prefixed(name, warning)),
    }
    if (version !== null && reading.problems.length === 0) this.#last.set(scope, { version, readAtMs, report })
    return report
  }

  #failed(name: string, error: unknown): VainoError {
    const stated = error instanceof VainoError ? error.retryAfterSeconds : undefined
    return errorOf(name, error, (text) => this.#context.redactor.redactText(text), stated)
  }
}
