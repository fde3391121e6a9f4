import { intervalMsOfKind, usualIntervalMs } from '../sources/kinds.ts'
import type { Config } from './schema.ts'
import type { SourceConfig } from './source-schema.ts'

/** From the end of a source's scan to its next, milliseconds: the source's own, the configuration's, or its kind's. */
export const intervalMsOf = ({ interval }: Pick<Config, 'interval'>, { intervalMs, kind }: SourceConfig): number =>
  intervalMs ?? interval ?? intervalMsOfKind(kind)

/** The longest time from one scan of a scope to its next, milliseconds. What others send counts with the usual one. */
export const longestIntervalMs = (config: Config): number =>
  Math.max(config.interval ?? usualIntervalMs, ...config.sources.map((source) => intervalMsOf(config, source)))
