import { setTimeout as wait } from 'node:timers/promises'
import { messageOf, VainoError } from '../../model/errors.ts'
import type { ScanError } from '../../model/record.ts'
import type { Scope } from '../../model/scope.ts'
import type { Collector, ConnectorContext, ScanOutcome, ScanSink, ScanWriter } from '../connector.ts'
import { covers, type Discovery, discover } from './discover.ts'
import { refuseStrangers } from './first-bytes.ts'
import { succeed } from './generation.ts'
import { nothingFound } from './nothing-found.ts'
import type { TerraformOptions } from './options.ts'
import { gone, readFile, UnsettledError } from './read-file.ts'
import { readState, type StateReading } from './read-state.ts'
import { readUrl } from './read-url.ts'
import { runTasks } from './run-tasks.ts'
import { guarded, SinkFailure } from './sink-failure.ts'
import { watchStates } from './watch.ts'
import { nameIn, scopeOf, type Where } from './where.ts'

/** One state as it is read: a name, a scope, and where its bytes come from. */
interface StateSource {
  readonly name: string
  readonly scope: Scope
  read(signal: AbortSignal): AsyncGenerator<Uint8Array, void, void>
}

/** Pauses before a state that is being written is read again; together longer than a write of most states takes. */
const retryAfterMs = [100, 200, 400, 800] as const

type Attributes = Readonly<Record<string, unknown>>

/** Collects all states of one `where`, each a scope of its own. */
export class TerraformCollector implements Collector {
  readonly name: string
  readonly #where: Where
  readonly #options: TerraformOptions
  readonly #context: ConnectorContext
  /** By scope, the states that are this source's, as they last were when whole: read by this process, or known from before. */
  readonly #known = new Map<Scope, { readonly name: string; readonly attributes: Attributes | undefined }>()
  /** What small files may still take of the memory that is set aside for reading them whole. */
  #room: number
  readonly watch?: (onChange: () => void) => Disposable

  constructor(where: Where, options: TerraformOptions, context: ConnectorContext) {
    this.#where = where
    this.#options = options
    this.#context = context
    this.#room = context.streamingThresholdBytes
    // The name of an address is without its credentials.
    this.name = `terraform:${where.name}`
    if (where.kind === 'path') this.watch = (onChange) => watchStates(where, onChange)
  }

  async collect(taker: ScanSink, signal: AbortSignal): Promise<void> {
    const sink = guarded(taker)
    signal.throwIfAborted()
    const { sources, unreadable } = await this.#sources(this.#where)
    this.#recall()
    const present = new Set(sources.map((source) => source.scope))
    const missing = [...this.#known].filter(([scope]) => !present.has(scope))
    if (sources.length === 0 && missing.length === 0) throw await nothingFound(this.#where, unreadable)
    const warnings = unreadable.map((message) => ({ message }))
    const absence = unreadable.length === 0 ? gone() : hidden(unreadable)
    const isOurs = (scope: Scope): boolean => taker.wants?.(scope) ?? true
    const failing = missing
      .filter(([scope]) => isOurs(scope))
      .map(([scope, { name }]) => {
        const error = this.#errorOf(name, absence)
        return () => failScan(sink, scope, error)
      })
    const ours = sources.filter(({ scope }) => isOurs(scope))
    const scanning = ours.map((source) => (stop: AbortSignal) => this.#scan(source, sink, warnings, stop))
    try {
      await runTasks([...failing, ...scanning], this.#context.concurrency, signal)
    } catch (error) {
      throw error instanceof SinkFailure ? error.cause : error
    }
  }

  async #sources(where: Where): Promise<{ sources: StateSource[]; unreadable: readonly string[] }> {
    if (where.kind === 'url') {
      const { name, endpoint } = where
      const read = (signal: AbortSignal) => readUrl(endpoint, this.#options.timeoutMs, signal)
      return { sources: [{ name, scope: scopeOf(name), read }], unreadable: [] }
    }
    const { states, unreadable }: Discovery = await discover(where)
    const sources = states.map(({ name, path }) => ({
      name,
      scope: scopeOf(name),
      read: (signal: AbortSignal) => readFile(path, { ...this.#reading, signal }),
    }))
    return { sources, unreadable }
  }

  /**
   * Small files are read whole, within one budget for all that are read at once; what finds no room is streamed, and so is
   * what is larger. So memory is bounded by the threshold however many files there are.
   */
  get #reading() {
    return {
      chunkBytes: this.#context.chunkBytes,
      reserve: (bytes: number): boolean => {
        if (bytes > this.#room) return false
        this.#room -= bytes
        return true
      },
      release: (bytes: number): void => {
        this.#room += bytes
      },
    }
  }

  /** What the engine knows of this source's states from before this process; what it has read itself is newer. */
  #recall(): void {
    for (const { scope, attributes } of this.#context.knownScopes('terraform/')) {
      const name = typeof attributes.path === 'string' ? attributes.path : nameIn(scope)
      if (!this.#known.has(scope) && covers(this.#where, name)) this.#known.set(scope, { name, attributes })
    }
  }

  async #scan(source: StateSource, sink: ScanSink, warnings: readonly ScanError[], signal: AbortSignal): Promise<void> {
    for (const pauseMs of retryAfterMs) {
      if (await this.#attempt(source, sink, warnings, signal, true)) return
      await wait(pauseMs, undefined, { signal })
    }
    await this.#attempt(source, sink, warnings, signal, false)
  }

  /** @returns false when the state is being written and should be read again, which only happens where `mayRetry` */
  async #attempt(
    source: StateSource,
    sink: ScanSink,
    warnings: readonly ScanError[],
    signal: AbortSignal,
    mayRetry: boolean,
  ): Promise<boolean> {
    let writer: ScanWriter | null = null
    const chunks = source.read(signal)
    try {
      // The first bytes come before the scan: a small file has been read whole by then, and is not being written.
      const first = await chunks.next()
      if (!first.done) refuseStrangers(first.value)
      const opened = await sink.scan(source.scope)
      writer = opened
      const reading = await readState(followedBy(first, chunks), {
        redactor: this.#context.redactor,
        dataSources: this.#options.dataSources,
        observe: (resource) => opened.observe(resource),
      })
      await opened.end(this.#outcomeOf(source, reading, warnings))
      return true
    } catch (error) {
      if (error instanceof SinkFailure || signal.aborted) throw error
      this.#remember(source, this.#known.get(source.scope)?.attributes)
      const isUnsettled = mayRetry && error instanceof UnsettledError
      if (isUnsettled && writer === null) return false
      writer ??= await sink.scan(source.scope)
      await writer.end({ complete: false, errors: [this.#errorOf(source.name, error)], warnings })
      return !isUnsettled
    } finally {
      await chunks.return()
    }
  }

  #outcomeOf(source: StateSource, reading: StateReading, warnings: readonly ScanError[]): ScanOutcome {
    const before = this.#known.get(source.scope)?.attributes
    const { attributes, warnings: ofGeneration } = succeed(before, reading, new Date())
    const complete = reading.problems.length === 0
    const told = { path: source.name, ...attributes }
    // What was known last stays the measure until a whole state takes its place.
    this.#remember(source, complete ? told : before)
    return {
      complete,
      errors: reading.problems.map((problem) => prefixed(source.name, problem)),
      warnings: [...ofGeneration.map((warning) => prefixed(source.name, warning)), ...warnings],
      ...(complete ? { attributes: told } : {}),
    }
  }

  #remember({ scope, name }: StateSource, attributes: Attributes | undefined): void {
    this.#known.set(scope, { name, attributes })
  }

  #errorOf(name: string, error: unknown): ScanError {
    if (!(error instanceof VainoError)) {
      return { message: `${name} could not be read: ${this.#context.redactor.redactText(messageOf(error))}` }
    }
    const message = `${name} ${error.message}`
    return error.hint === undefined ? { message } : { message, hint: error.hint }
  }
}

async function failScan(sink: ScanSink, scope: Scope, error: ScanError): Promise<void> {
  const writer = await sink.scan(scope)
  await writer.end({ complete: false, errors: [error] })
}

/** What isn't found may be where nobody could look. */
const hidden = (unreadable: readonly string[]): VainoError =>
  new VainoError('source_failed', `is not found: ${unreadable.join('; ')}`, {
    hint: 'Let the user that runs vaino read the folder.',
  })

const prefixed = (name: string, told: ScanError): ScanError =>
  typeof told === 'string' ? `${name}: ${told}` : { ...told, message: `${name}: ${told.message}` }

async function* followedBy<T>(first: IteratorResult<T, void>, rest: AsyncGenerator<T, void, void>): AsyncGenerator<T> {
  if (first.done) return
  yield first.value
  yield* rest
}
