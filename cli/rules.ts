import path from 'node:path'
import { extendComparison } from '../model/array-identity.ts'
import type { AuditLog } from '../pipeline/audit/audit-log.ts'
import { loadedRulesEntry } from '../pipeline/audit/loaded-entry.ts'
import type { LoadedConfig } from '../pipeline/config/load.ts'
import type { CurrentRules } from '../pipeline/rules/current-rules.ts'
import type { LoadedRules } from '../pipeline/rules/load-rules.ts'
import { watchRules } from '../pipeline/rules/watch-rules.ts'
import type { RunningEngine } from '../pipeline/running-engine.ts'
import type { Telemetry } from '../pipeline/telemetry/telemetry.ts'
import { readConfig } from './commands/config.ts'
import type { SharedFlags } from './shared-flags.ts'

/** The rules of a configuration; from here on this process compares by them. @throws VainoError `bad_config` */
export async function readRulesOf(loaded: Pick<LoadedConfig, 'config' | 'file'>): Promise<LoadedRules> {
  const { loadRules } = await import('../pipeline/rules/load-rules.ts')
  const rules = loadRules(loaded, process.cwd())
  extendComparison(rules.tables)
  return rules
}

interface FollowOptions {
  readonly flags: SharedFlags
  readonly engine: RunningEngine
  readonly rules: CurrentRules
  readonly telemetry: Telemetry
  readonly auditLog: AuditLog
}

/** Goes by what the rules' files say, as they change. */
export function followRules(
  { file }: LoadedConfig,
  initial: LoadedRules,
  { flags, engine, rules, telemetry, auditLog }: FollowOptions,
): Disposable {
  let holds = initial
  const nameOf = (read: LoadedRules) => read.file ?? 'no rules.yaml'
  return watchRules({
    configFile: file === null ? null : path.resolve(file),
    initial,
    read: async () => {
      const { loadRules } = await import('../pipeline/rules/load-rules.ts')
      const config = await readConfig(file === null ? flags : { ...flags, config: file })
      return loadRules(config, process.cwd())
    },
    changed(read) {
      if (JSON.stringify(read.tables) !== JSON.stringify(holds.tables)) engine.compareBy(read.tables)
      rules.set(read.rules, read.places)
      holds = read
      const ignore = read.rules.set.ignore.length
      try {
        auditLog.write(loadedRulesEntry(nameOf(read), ignore))
      } catch (error) {
        telemetry.emit('audit_failed', { error })
      }
      telemetry.emit('rules_changed', { file: nameOf(read), ignore, types: read.tables.length })
    },
    refused: (error) => telemetry.emit('rules_refused', { file: holds.file ?? file ?? 'rules.yaml', error }),
  })
}
