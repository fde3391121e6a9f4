import type { Scope } from '../../../model/scope.ts'
import type { ConnectorContext } from '../../connector.ts'
import type { Inferred, Observer, ScanReport, Target } from '../../source.ts'
import { liveScopeOf, type Where } from '../where.ts'
import { configurationOf } from './configure.ts'
import { LiveReading, type LiveState, type Providers } from './live-reading.ts'
import type { LiveOptions } from './options.ts'
import { ofAddress, ofFile } from './state-place.ts'
import { survey } from './survey.ts'

/** One state of a source's list. */
export interface StateEntry {
  readonly name: string
  /** Where it is; `null`: it was here and is not found, or it is an address. */
  readonly path: string | null
}

export interface LiveHost {
  /** Where the states are; only those of a path lie beside a root module. */
  readonly where: Where | { readonly kind: 'place' }
  readonly context: ConnectorContext
  readonly providers: Providers
  chunksOf(state: StateEntry, signal: AbortSignal): AsyncIterable<Uint8Array>
}

/** The live half of a terraform source: a target beside each state. */
export class LiveSource implements AsyncDisposable {
  readonly #options: LiveOptions
  readonly #host: LiveHost
  readonly #reading: LiveReading

  constructor(options: LiveOptions, host: LiveHost) {
    this.#options = options
    this.#host = host
    const { redactor, readsOnce = false, knownScopes } = host.context
    const recall = (of: Scope) => knownScopes(of).find(({ scope }) => scope === of)
    this.#reading = new LiveReading(options, { redactor, readsOnce, recall }, host.providers)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reading[Symbol.asyncDispose]()
  }

  /** @param states those that are there; `real`: what is really read */
  targets(states: readonly { readonly name: string; readonly real: string }[]): Target[] {
    return states.map(({ name, real }) => {
      // After the states, which are cheap to read.
      return { scope: liveScopeOf(name), identity: `live ${real}`, intervalMs: this.#options.everyMs, priority: -1 }
    })
  }

  /** @param only these addresses: a second look */
  scan(state: StateEntry, out: Observer, signal: AbortSignal, only?: ReadonlySet<string>): Promise<ScanReport> {
    return this.#reading.pass(this.#stateOf(state), out, signal, only)
  }

  /** How each provider configuration of a state would be configured, without what the user gives. */
  async *inferred(state: StateEntry, signal: AbortSignal): AsyncGenerator<Inferred, void, void> {
    const { evidence } = await survey(this.#host.chunksOf(state, signal))
    for (const [name, of] of evidence) {
      const found = configurationOf(name, of, this.#options.configurations)
      const count = `${of.instances} ${of.instances === 1 ? 'resource' : 'resources'} of ${state.name}`
      const value = found && Object.fromEntries(found.inferred.map((key) => [key, found.configuration[key]]))
      yield {
        key: `live.configurations.${name}`,
        value,
        from: value === null ? `nothing tells, for ${count}: give it` : `inferred from ${count}`,
      }
    }
  }

  #stateOf(state: StateEntry): LiveState {
    const { where, chunksOf } = this.#host
    const place = where.kind === 'path' ? ofFile(state.path ?? where.path, where.path) : ofAddress
    const chunks = (signal: AbortSignal) => chunksOf(state, signal)
    return { scope: liveScopeOf(state.name), name: state.name, chunks, ...place }
  }
}
