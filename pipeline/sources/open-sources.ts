import { randomBytes } from 'node:crypto'
import type { Collector, Connector } from '../../connectors/connector.ts'
import { messageOf, VainoError } from '../../model/errors.ts'
import { createRedactor, type Redactor } from '../../model/redaction.ts'
import type { ScopeStatus } from '../../model/status.ts'
import { nearest } from '../config/nearest.ts'
import type { Config } from '../config/schema.ts'
import type { SourceConfig } from '../config/source-schema.ts'

/** The kinds of sources, loaded when one is named: what a cloud's client costs, only its users pay. */
const connectors: Readonly<Record<string, () => Promise<Connector>>> = {
  terraform: async () => (await import('../../connectors/terraform/connector.ts')).terraform,
}

export const sourceKinds: readonly string[] = Object.keys(connectors)

export interface OpenedSource {
  readonly config: SourceConfig
  readonly collector: Collector
  readonly intervalMs: number
}

/** What the collectors need of a running engine. */
export interface SourceHost {
  readonly redactor: Redactor
  scopes(): ScopeStatus[]
}

/**
 * Opens every source of the configuration.
 * @throws VainoError `bad_config` that lists every source that can't be meant
 */
export async function openSources(config: Config, host: SourceHost): Promise<OpenedSource[]> {
  const problems: string[] = []
  const opened: OpenedSource[] = []
  for (const source of config.sources) {
    try {
      const connector = await connectorOf(source.kind)
      const collector = connector.open(source.where, {
        redactor: host.redactor,
        options: source.options,
        concurrency: config.workers,
        streamingThresholdBytes: config.memory_optimization.streaming_threshold,
        chunkBytes: config.memory_optimization.chunk_size,
        knownScopes: (prefix) => host.scopes().filter(({ scope }) => scope.startsWith(prefix)),
      })
      if (opened.some(({ collector: other }) => other.name === collector.name)) {
        throw new VainoError('bad_config', 'it is named twice', {
          hint: 'Two scans of one scope would disturb each other.',
        })
      }
      opened.push({ config: source, collector, intervalMs: source.intervalMs ?? config.interval })
    } catch (error) {
      if (!(error instanceof VainoError)) throw error
      const what = host.redactor.redactText(`${source.kind}:${source.where}`)
      problems.push(`${what}: ${messageOf(error)}${error.hint === undefined ? '' : `. ${error.hint}`}`)
    }
  }
  if (problems.length === 0) return opened
  throw new VainoError('bad_config', problems.join('\n'), {
    hint: 'A source is KIND:WHERE, such as terraform:./infra.',
  })
}

/** Opens every source as far as that can be done without a data directory. @throws VainoError `bad_config` as {@link openSources} does */
export async function checkSources(config: Config): Promise<void> {
  await openSources(config, { redactor: createRedactor(randomBytes(32)), scopes: () => [] })
}

function connectorOf(kind: string): Promise<Connector> {
  const load = Object.hasOwn(connectors, kind) ? connectors[kind] : undefined
  if (load !== undefined) return load()
  const meant = nearest(kind, sourceKinds)
  throw new VainoError('bad_config', `"${kind}" is no kind of source`, {
    hint: meant === null ? `This version has ${sourceKinds.join(', ')}.` : `Did you mean ${meant}?`,
  })
}
