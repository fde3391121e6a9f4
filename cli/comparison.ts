import path from 'node:path'
import type { LoadedConfig } from '../pipeline/config/load.ts'
import { watchComparison } from '../pipeline/config/watch-comparison.ts'
import type { RunningEngine } from '../pipeline/running-engine.ts'
import type { Telemetry } from '../pipeline/telemetry/telemetry.ts'
import { readConfig } from './commands/config.ts'
import type { SharedFlags } from './shared-flags.ts'

/** Compares by what the configuration file says in `compare`, as it changes. Without a file there is nothing to watch. */
export function followComparison(
  { config, file }: LoadedConfig,
  flags: SharedFlags,
  engine: RunningEngine,
  telemetry: Telemetry,
): Disposable {
  if (file === null) return { [Symbol.dispose]: () => undefined }
  return watchComparison({
    file: path.resolve(file),
    initial: config.compare,
    read: async () => (await readConfig({ ...flags, config: file })).config.compare,
    changed(tables) {
      engine.compareBy(tables)
      telemetry.emit('comparison_changed', { file, types: tables.length })
    },
    refused: (error) => telemetry.emit('comparison_refused', { file, error }),
  })
}
