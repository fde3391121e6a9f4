import { desiredDigest } from '../../../model/drift.ts'
import type { ScanError } from '../../../model/record.ts'
import type { Redactor } from '../../../model/redaction.ts'
import type { Scope } from '../../../model/scope.ts'
import { Pool } from '../../pool.ts'
import type { Observer, ScanReport } from '../../source.ts'
import type { JsonObject } from '../parse-bytes.ts'
import { readConfiguration } from './configuration-pass.ts'
import { type Configured, configurationOf, Evidence } from './configure.ts'
import { desiredResource } from './document.ts'
import { Failures, missingWarning } from './failures.ts'
import { readInstances } from './instances.ts'
import { idleBetween, KeptProcesses } from './kept-processes.ts'
import { type Recalled, ScopeMemory } from './memory.ts'
import type { LiveOptions } from './options.ts'
import { PassSecrets } from './pass-secrets.ts'
import type { Binary, BinaryPlaces, Provider, ProviderOptions } from './provider/provider.ts'
import { ProviderError } from './provider/provider-error.ts'
import type { Quote } from './provider/quote.ts'
import { moved, notConfigured, unsupported } from './refusals.ts'
import { type Survey, survey } from './survey.ts'
import { type Found, judgeNulls } from './witness.ts'

/** For a provider to start and to be configured. */
const startTimeoutMs = 60_000

/** Where providers come from; a test brings its own. */
export interface Providers {
  find(address: string, places: BinaryPlaces, signal: AbortSignal): Promise<Binary>
  open(options: ProviderOptions, signal: AbortSignal): Promise<Provider>
}

/** A state as a pass reads it. */
export interface LiveState {
  /** The live scope. */
  readonly scope: Scope
  readonly name: string
  /** The folder that Terraform runs in, where that is known. */
  rootModule(): Promise<string | null>
  /** The state's bytes from the first on; a pass asks for them once, and once for each provider configuration. */
  chunks(signal: AbortSignal): AsyncIterable<Uint8Array>
  /** Which version of the state there is; null where only its serial tells. */
  version(): Promise<string | null>
  /** @throws ScanFailure `apply_in_progress`. @returns a warning */
  refuseWhileLocked(): Promise<ScanError | null>
}

export interface LiveContext {
  readonly redactor: Redactor
  /** Nothing is learnt for later passes: there are none. */
  readonly readsOnce: boolean
  recall(scope: Scope): Recalled | undefined
}

/** One pass over a state: what is known at its begin, and what it has found so far. */
interface Pass extends Survey {
  readonly of: LiveState
  readonly memory: ScopeMemory
  readonly out: Observer
  /** The addresses that are read; `null`: all. */
  readonly only: ReadonlySet<string> | null
  readonly failures: Failures
  readonly secrets: PassSecrets
  readonly missing: string[]
  readonly configured: Map<string, Configured>
  /** By provider: configurations of one are found, and its hash compared, once. */
  readonly binaries: Map<string, Promise<Binary>>
  /** By provider: what was found of each of its configurations. */
  readonly found: Map<string, Found[]>
}

/** Reads the real things behind states through their providers. */
export class LiveReading implements AsyncDisposable {
  readonly #options: LiveOptions
  readonly #context: LiveContext
  readonly #providers: Providers
  readonly #processes: KeptProcesses
  readonly #memories = new Map<Scope, ScopeMemory>()

  constructor(options: LiveOptions, context: LiveContext, providers: Providers) {
    this.#options = options
    this.#context = context
    this.#providers = providers
    const idleMs = idleBetween(context.readsOnce ? 0 : options.everyMs)
    this.#processes = new KeptProcesses(providers.open, { processes: options.maxProcesses, idleMs })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#processes[Symbol.asyncDispose]()
  }

  /**
   * One pass: the state is surveyed, then each provider configuration has a process of its own, `max_processes` at once, ended before the next
   * begins where no other reading follows soon. What could not be read is `missed`, with its reason and addresses.
   * @param only reads these addresses alone: a second look, in a fresh round
   * @throws ScanFailure `apply_in_progress` while Terraform is at work, and when the state moved meanwhile
   */
  async pass(
    of: LiveState,
    out: Observer,
    signal: AbortSignal,
    only: ReadonlySet<string> | null = null,
  ): Promise<ScanReport> {
    const lockWarning = await of.refuseWhileLocked()
    const version = await of.version()
    const surveyed = await survey(of.chunks(signal), only)
    const { state, evidence } = surveyed
    if (state.version !== 4 && evidence.size > 0) throw unsupported(of.name, state.version)
    const pass: Pass = {
      ...surveyed,
      ...{ of, out, only, memory: this.#memoryOf(of.scope), secrets: new PassSecrets(this.#context.redactor) },
      ...{ failures: new Failures(), missing: [], configured: new Map(), binaries: new Map(), found: new Map() },
    }
    out.expect?.(only?.size ?? [...evidence.values()].reduce((sum, { instances }) => sum + instances, 0))
    const pool = new Pool(this.#options.maxProcesses)
    for (const name of surveyed.asked) await pool.add(() => this.#readConfiguration(pass, name, signal))
    await pool.drained()
    for (const found of pass.found.values()) await judge(pass, found)
    const shown = (quote: Quote) => quote.shown(pass.secrets.mask, this.#context.redactor.redactText)
    for (const problem of [...state.problems, ...pass.failures.errors(shown)]) out.missed(problem)
    await of.refuseWhileLocked()
    if ((await of.version()) !== version) throw moved(of.name)
    return {
      attributes: attributesOf(pass),
      warnings: [...(lockWarning === null ? [] : [lockWarning]), ...missingWarning(pass.missing)],
    }
  }

  #memoryOf(scope: Scope): ScopeMemory {
    const memory = this.#memories.get(scope) ?? new ScopeMemory(this.#context.recall(scope))
    this.#memories.set(scope, memory)
    return memory
  }

  async #readConfiguration(pass: Pass, name: string, signal: AbortSignal): Promise<void> {
    const evidence = pass.evidence.get(name) ?? new Evidence(name)
    const configured = configurationOf(name, evidence, this.#options.configurations)
    try {
      if (configured === null) throw notConfigured(name)
      pass.configured.set(name, configured)
      await this.#readWith(pass, name, evidence, configured.configuration, signal)
    } catch (error) {
      if (!(error instanceof ProviderError) || signal.aborted) throw error
      await failAll(pass, name, error, signal)
    }
  }

  async #readWith(pass: Pass, name: string, evidence: Evidence, configuration: JsonObject, signal: AbortSignal) {
    const { providers, env, concurrency, readTimeoutMs } = this.#options
    const { of, memory, out, only, failures, state } = pass
    const { redactor, readsOnce } = this.#context
    const rootModule = await of.rootModule()
    const { provider: address } = evidence
    const finding =
      pass.binaries.get(address) ??
      this.#providers.find(address, { rootModule, providers, environment: process.env }, signal)
    pass.binaries.set(address, finding)
    const binary = await finding
    await using provider = await this.#processes.open(
      {
        ...{ binary, configuration, env, concurrency, readTimeoutMs, startTimeoutMs },
        workingDirectory: rootModule ?? process.cwd(),
        redactText: redactor.redactText,
      },
      signal,
      memory.hasDoubts,
    )
    const found = await readConfiguration(
      {
        ...{ name, provider, binary, concurrency, redactor, secrets: pass.secrets },
        region: typeof configuration.region === 'string' ? configuration.region : null,
        chunks: of.chunks(signal),
        wants: (id) => only === null || only.has(id),
        volatileOf: (id) => memory.volatileOf(id) ?? (readsOnce || only !== null ? [] : undefined),
        learn: (id, volatile) => memory.learn(id, volatile),
        fail: (id, code, detail, hint) => failures.add(id, code, detail, hint),
        async observe(resource, asked) {
          memory.wasThere(resource.id)
          const digest = desiredDigest(desiredResource(asked, redactor))
          Object.assign(resource.metadata ?? {}, { state: { lineage: state.lineage, serial: state.serial, digest } })
          await out.observe(resource)
        },
      },
      signal,
    )
    // A null is looked at a second time by a new process, and a refusal may be of credentials that a new one reads anew.
    if (found.nulls.length + found.failures.length === 0) provider.keep()
    if (found.state.serial !== state.serial || found.state.lineage !== state.lineage) throw moved(of.name)
    // In a second look the others are there, for the first look has read them.
    const others = only === null ? 0 : Math.max(0, evidence.instances - found.present - found.nulls.length)
    const all = pass.found.get(address) ?? []
    pass.found.set(address, [...all, { ...found, present: found.present + others }])
  }
}

/** What is concluded from the nulls of one provider, when all its configurations have been read. */
async function judge({ memory, failures, missing, out }: Pass, found: readonly Found[]): Promise<void> {
  const judged = judgeNulls(found, (nulled) => memory.standingOf(nulled))
  for (const nulled of found.flatMap(({ nulls }) => nulls)) {
    const judgement = judged.get(nulled.id) ?? 'once'
    memory.judged(nulled, judgement)
    if (judgement === 'once') failures.add(nulled.id, 'null_once')
    else if (judgement !== 'missing') failures.add(nulled.id, 'null_held', judgement.held)
    else {
      missing.push(nulled.id)
      await out.gone(nulled.id)
    }
  }
}

/** A provider that can't be asked: each of its instances is unknown for that reason. */
async function failAll(
  { of, only, failures }: Pass,
  name: string,
  error: ProviderError,
  signal: AbortSignal,
): Promise<void> {
  await readInstances(of.chunks(signal), ({ id, configuration }) => {
    if (configuration.name === name && (only === null || only.has(id)))
      failures.add(id, error.reason, error.message, error.hint)
  })
}

/** What stands on the live scope: which state it was read for, and what was inferred from it. */
function attributesOf({ of, state, configured, evidence, memory }: Pass): Readonly<Record<string, unknown>> {
  const inferred = [...configured].map(([name, { configuration, inferred: names }]) => [
    name,
    {
      instances: evidence.get(name)?.instances ?? 0,
      ...Object.fromEntries(names.map((argument) => [argument, configuration[argument]])),
    },
  ])
  return {
    path: of.name,
    lineage: state.lineage,
    serial: state.serial,
    provider_configurations: Object.fromEntries(inferred),
    volatile: memory.carried,
  }
}
