import { randomBytes } from 'node:crypto'
import type { Connector } from '../../connectors/connector.ts'
import type { Source } from '../../connectors/source.ts'
import { sourceName } from '../../connectors/source-name.ts'
import { messageOf, VainoError } from '../../model/errors.ts'
import { nearest } from '../../model/nearest.ts'
import { createRedactor, type Redactor } from '../../model/redaction.ts'
import type { ScopeStatus } from '../../model/status.ts'
import { intervalMsOf } from '../config/interval.ts'
import type { Config } from '../config/schema.ts'
import type { SourceConfig } from '../config/source-schema.ts'
import { Budgets, type RateLimit } from './budget.ts'
import { systemClock } from './clock.ts'
import { kinds, sourceKinds } from './kinds.ts'

export interface OpenedSource {
  readonly config: SourceConfig
  readonly source: Source
  readonly intervalMs: number
  /** How long a target must be gone until its scope is forgotten; null: never. */
  readonly forgetAfterMs: number | null
  /** One of its rate limits is exhausted. */
  isThrottled(): boolean
}

/** What the sources need of a running engine. */
export interface SourceHost {
  readonly redactor: Redactor
  scopes(): ScopeStatus[]
  /** Each source is read once, and nothing is learnt for later. */
  readonly readsOnce?: boolean
}

/**
 * Opens every source of the configuration.
 * @param budgets the rate limits that they share
 * @throws VainoError `bad_config` that lists every source that can't be meant
 */
export async function openSources(
  config: Config,
  host: SourceHost,
  budgets = new Budgets(systemClock),
): Promise<OpenedSource[]> {
  const problems: string[] = []
  const refusedKinds = new Set<string>()
  const opened: OpenedSource[] = []
  const refuse = (source: SourceConfig, error: unknown): void => {
    if (!(error instanceof VainoError)) throw error
    refusedKinds.add(source.kind)
    const what = host.redactor.redactText(sourceName(source.kind, source.where))
    problems.push(`${what}: ${messageOf(error)}${error.hint === undefined ? '' : `. ${error.hint}`}`)
  }
  for (const source of await placed(config.sources, refuse)) {
    try {
      const connector = await connectorOf(source.kind)
      const limits = new Set<RateLimit>()
      const made = connector.open(source.where, connector.options.parse(source.options), {
        redactor: host.redactor,
        streamingThresholdBytes: config.memory_optimization.streaming_threshold,
        chunkBytes: config.memory_optimization.chunk_size,
        readsOnce: host.readsOnce === true,
        knownScopes: (prefix) => host.scopes().filter(({ scope }) => scope.startsWith(prefix)),
        budget(name, rate) {
          const limit = budgets.of(name, rate)
          limits.add(limit)
          return limit
        },
      })
      if (opened.some(({ source: other }) => other.name === made.name)) {
        throw new VainoError('bad_config', 'it is named twice', {
          hint: 'Two scans of one scope would disturb each other.',
        })
      }
      opened.push({
        config: source,
        source: made,
        intervalMs: intervalMsOf(config, source),
        forgetAfterMs: source.forgetAfterMs,
        isThrottled: () => [...limits].some((limit) => limit.isThrottled),
      })
    } catch (error) {
      refuse(source, error)
    }
  }
  if (problems.length === 0) return opened
  throw new VainoError('bad_config', problems.join('\n'), {
    hint: `A source is KIND:WHERE, such as ${(await examplesOf(refusedKinds)).join(', ')}.`,
  })
}

/** One source for each place that a configured one stands for; what is named beside that by itself is named once. */
async function placed(
  sources: readonly SourceConfig[],
  refuse: (source: SourceConfig, error: unknown) => void,
): Promise<readonly SourceConfig[]> {
  const all: SourceConfig[] = []
  for (const source of sources) {
    try {
      const connector = await connectorOf(source.kind)
      const places = await connector.places?.(source.where, connector.options.parse(source.options))
      const isNamed = (where: string) => sources.some((one) => one.kind === source.kind && one.where === where)
      if (places === undefined || places.includes(source.where)) all.push(source)
      else all.push(...places.filter((where) => !isNamed(where)).map((where) => ({ ...source, where })))
    } catch (error) {
      refuse(source, error)
    }
  }
  return all
}

/**
 * Opens every source without a data directory: to check it, or to read it once. Secrets are redacted with a salt of this moment.
 * @throws VainoError `bad_config` as {@link openSources} does
 */
export async function openToReadOnce(
  config: Config,
): Promise<readonly (OpenedSource & { readonly redactor: Redactor })[]> {
  const redactor = createRedactor(randomBytes(32))
  const opened = await openSources(config, { redactor, scopes: () => [], readsOnce: true })
  return opened.map((one) => ({ ...one, redactor }))
}

/** Of these kinds, or of all where none of them exists. */
async function examplesOf(wanted: ReadonlySet<string>): Promise<string[]> {
  const named = sourceKinds.filter((kind) => wanted.has(kind))
  const connectors = await Promise.all((named.length > 0 ? named : sourceKinds).map(connectorOf))
  return connectors.flatMap(({ examples }) => examples)
}

async function connectorOf(kind: string): Promise<Connector> {
  const known = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  if (known !== undefined) return known.load()
  const meant = nearest(kind, sourceKinds)
  throw new VainoError('bad_config', `"${kind}" is no kind of source`, {
    hint: meant === null ? `This version has ${await summaries()}` : `Did you mean ${meant}?`,
  })
}

async function summaries(): Promise<string> {
  const connectors = await Promise.all(sourceKinds.map(connectorOf))
  return connectors.map(({ kind, summary }) => `${kind} (${summary})`).join(', ')
}
