import { setTimeout as wait } from 'node:timers/promises'
import { VainoError } from '../../model/errors.ts'
import type { ScanError } from '../../model/record.ts'
import type { Scope } from '../../model/scope.ts'
import type { ConnectorContext } from '../connector.ts'
import { ScanFailure } from '../scan-failure.ts'
import type { Inferred, Nudge, Observer, ScanReport, Source, Target } from '../source.ts'
import { covers, discover, rootOf } from './discover.ts'
import { withoutStrangers } from './first-bytes.ts'
import { folderIds } from './folder-identity.ts'
import { succeed } from './generation.ts'
import type { Providers } from './live/live-reading.ts'
import { LiveSource, type StateEntry } from './live/live-source.ts'
import { missingState } from './missing-state.ts'
import { nothingFound } from './nothing-found.ts'
import type { TerraformOptions } from './options.ts'
import { gone, readFile, UnsettledError } from './read-file.ts'
import { readState, type StateReading } from './read-state.ts'
import { readUrl } from './read-url.ts'
import { errorOf, hidden, prefixed } from './state-errors.ts'
import { watchStates } from './watch.ts'
import { isStateScope, liveScopeOf, nameIn, scopeOf, type Where } from './where.ts'

/** Pauses before a state that is being written is read again; together longer than a write of most states takes. */
const retryAfterMs = [100, 200, 400, 800] as const

/** How soon a state that changed while it was handed on is worth another scan. */
const settlesInSeconds = 0.1

type Attributes = Readonly<Record<string, unknown>>

/** All states of one `where`, each a target of its own. */
export class TerraformSource implements Source {
  readonly name: string
  readonly #where: Where
  readonly #options: TerraformOptions
  readonly #context: ConnectorContext
  #states: ReadonlyMap<Scope, StateEntry> = new Map()
  /** Folders that the last list could not look into, as messages. */
  #unreadable: readonly string[] = []
  /** By scope, the states that are this source's, as they last were when whole: read by this process, or known from before. */
  readonly #known = new Map<Scope, { readonly name: string; readonly attributes: Attributes | undefined }>()
  /** Scopes that the engine has committed; one of them that it knows no more was forgotten by an operator. */
  readonly #committed = new Set<Scope>()
  /** Bytes that small files may still take of the memory that is set aside for reading them whole. */
  #freeBytes: number
  readonly #live: LiveSource | null
  readonly events?: (out: Nudge, signal: AbortSignal) => Promise<void>

  /** @param providers reads the real things, where the options ask for them */
  constructor(where: Where, options: TerraformOptions, context: ConnectorContext, providers: Providers) {
    this.#where = where
    this.#options = options
    this.#context = context
    this.#freeBytes = context.streamingThresholdBytes
    const chunksOf = (state: StateEntry, signal: AbortSignal) => this.#chunksOf(state, signal)
    this.#live = options.live && new LiveSource(options.live, { where, context, providers, chunksOf })
    // The name of an address is without its credentials.
    this.name = `terraform:${where.name}`
    if (where.kind === 'path') {
      this.events = (out, signal) =>
        watchStates(where, signal, ({ changed, isSetChanged }) => {
          for (const name of changed) {
            out.dirty(scopeOf(name))
            if (this.#live !== null) out.dirty(liveScopeOf(name))
          }
          if (isSetChanged) out.relist()
        })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#live?.[Symbol.asyncDispose]()
  }

  async *targets(): AsyncGenerator<readonly Target[], void, void> {
    this.#recall()
    if (this.#where.kind === 'url') {
      const scope = scopeOf(this.#where.name)
      this.#states = new Map([[scope, { name: this.#where.name, path: null }]])
      const { name } = this.#where
      const target = { scope, identity: name, deadlineMs: this.#options.deadline_seconds * 1000 }
      yield [target, ...(this.#live?.targets([{ name, real: name }]) ?? [])]
      return
    }
    const { states, unreadable } = await discover(this.#where)
    const found = new Map(states.map(({ name, path }) => [scopeOf(name), { name, path }]))
    this.#dropForgotten(found)
    const missing = [...this.#known].filter(([scope]) => !found.has(scope))
    if (states.length === 0 && missing.length === 0) throw await nothingFound(this.#where, unreadable)
    this.#unreadable = unreadable
    this.#states = new Map<Scope, StateEntry>([
      ...missing.map(([scope, { name }]) => [scope, { name, path: null }] as const),
      ...found,
    ])
    const identities = new Map(states.map(({ name, real }) => [scopeOf(name), real]))
    const targets = [...this.#states.keys()].map((scope): Target => {
      const identity = identities.get(scope)
      return identity === undefined ? { scope } : { scope, identity }
    })
    yield [...targets, ...(this.#live?.targets(states) ?? [])]
  }

  reread({ scope }: Target, ids: ReadonlySet<string>, out: Observer, signal: AbortSignal): Promise<ScanReport> {
    return this.#scanLive(scope, out, signal, ids)
  }

  async *inferred(signal: AbortSignal): AsyncGenerator<Inferred, void, void> {
    if (this.#live === null) return
    for await (const _ of this.targets()) break
    for (const state of this.#states.values()) yield* this.#live.inferred(state, signal)
  }

  async #scanLive(scope: Scope, out: Observer, signal: AbortSignal, only?: ReadonlySet<string>): Promise<ScanReport> {
    const state = [...this.#states.values()].find(({ name }) => liveScopeOf(name) === scope)
    if (state === undefined || this.#live === null) throw gone()
    try {
      return await this.#live.scan(state, out, signal, only)
    } catch (error) {
      // What the live reading says of a state names it already.
      throw error instanceof ScanFailure || signal.aborted ? error : this.#failed(state.name, error)
    }
  }

  async scan({ scope }: Target, out: Observer, signal: AbortSignal): Promise<ScanReport> {
    if (!isStateScope(scope)) return this.#scanLive(scope, out, signal)
    const state = this.#states.get(scope)
    if (state === undefined) throw gone()
    const warnings = this.#unreadable.map((message) => ({ message }))
    if (state.path === null && this.#where.kind === 'path') {
      if (this.#unreadable.length > 0) throw this.#failed(state.name, hidden(this.#unreadable))
      throw await missingState(this.#where, state.name, foldersIn(this.#known.get(scope)?.attributes))
    }
    let observed = 0
    const counting: Observer = {
      observe(resource) {
        observed++
        return out.observe(resource)
      },
      missed: (error) => out.missed(error),
      gone: (id) => out.gone(id),
    }
    for (const pauseMs of [...retryAfterMs, null]) {
      try {
        const reading = await this.#read(state, counting, signal)
        return this.#reportOf(scope, state.name, reading, out, { warnings, folders: await this.#folders(state) })
      } catch (error) {
        if (signal.aborted) throw error
        this.#known.set(scope, { name: state.name, attributes: this.#known.get(scope)?.attributes })
        // Once a resource was passed on, only another scan can find which resources are gone.
        if (observed === 0 && pauseMs !== null && error instanceof UnsettledError) {
          await wait(pauseMs, undefined, { signal })
          continue
        }
        const isCut = observed > 0 && error instanceof UnsettledError
        const stated = error instanceof VainoError ? error.retryAfterSeconds : undefined
        const failure = this.#failed(state.name, error, isCut ? settlesInSeconds : stated)
        if (warnings.length === 0 || failure.retryAfterSeconds !== undefined) throw failure
        out.missed(
          failure.hint === undefined ? { message: failure.message } : { message: failure.message, hint: failure.hint },
        )
        return { warnings }
      }
    }
    throw gone()
  }

  #read(state: StateEntry, out: Observer, signal: AbortSignal): Promise<StateReading> {
    return readState(this.#chunksOf(state, signal), {
      redactor: this.#context.redactor,
      dataSources: this.#options.data_sources,
      observe: (resource) => out.observe(resource),
    })
  }

  /**
   * Small files are read whole, within one budget for all that are read at once; what finds none of it left is streamed, and
   * so is what is larger. So memory is bounded by the threshold however many files there are.
   */
  #chunksOf(state: StateEntry, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    return withoutStrangers(this.#bytesOf(state, signal))
  }

  #bytesOf({ path }: StateEntry, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    if (this.#where.kind === 'url') {
      const { timeout_seconds, max_bytes } = this.#options
      return readUrl(this.#where.endpoint, { timeoutMs: timeout_seconds * 1000, maxBytes: max_bytes }, signal)
    }
    return readFile(path ?? this.#where.path, {
      signal,
      chunkBytes: this.#context.chunkBytes,
      reserve: (bytes) => {
        if (bytes > this.#freeBytes) return false
        this.#freeBytes -= bytes
        return true
      },
      release: (bytes) => {
        this.#freeBytes += bytes
      },
    })
  }

  /** The engine's knowledge of this source's states from before this process; this process's own readings are newer. */
  #recall(): void {
    for (const { scope, attributes } of this.#context.knownScopes('terraform/')) {
      if (!isStateScope(scope)) continue
      const name = typeof attributes.path === 'string' ? attributes.path : nameIn(scope)
      if (!this.#known.has(scope) && covers(this.#where, name)) this.#known.set(scope, { name, attributes })
    }
  }

  /** A scan of a state that is gone would bring its forgotten scope back. */
  #dropForgotten(found: ReadonlyMap<Scope, StateEntry>): void {
    const known = new Set(this.#context.knownScopes('terraform/').map(({ scope }) => scope))
    for (const scope of this.#known.keys()) {
      if (known.has(scope)) this.#committed.add(scope)
      else if (this.#committed.delete(scope) && !found.has(scope)) this.#known.delete(scope)
    }
  }

  /** Where the state lies, for the question whether it is gone; an address and a file named by itself never are. */
  async #folders({ path }: StateEntry): Promise<Attributes> {
    if (this.#where.kind === 'url' || path === null || path === this.#where.path) return {}
    return { folders: await folderIds(rootOf(this.#where).path, path) }
  }

  #reportOf(
    scope: Scope,
    name: string,
    reading: StateReading,
    out: Observer,
    { warnings: more, folders }: { readonly warnings: readonly ScanError[]; readonly folders: Attributes },
  ): ScanReport {
    const before = this.#known.get(scope)?.attributes
    const { attributes, warnings } = succeed(before, reading, new Date())
    for (const problem of reading.problems) out.missed(prefixed(name, problem))
    const now = { path: name, ...folders, ...attributes }
    // The last whole state stays the reference until another whole state replaces it.
    this.#known.set(scope, { name, attributes: reading.problems.length === 0 ? now : before })
    return { attributes: now, warnings: [...warnings.map((warning) => prefixed(name, warning)), ...more] }
  }

  #failed(name: string, error: unknown, retryAfterSeconds?: number): VainoError {
    return errorOf(name, error, (text) => this.#context.redactor.redactText(text), retryAfterSeconds)
  }
}

const foldersIn = (attributes: Attributes | undefined): readonly string[] =>
  Array.isArray(attributes?.folders) ? attributes.folders.map(String) : []
