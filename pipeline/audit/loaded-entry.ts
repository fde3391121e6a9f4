import { createHash } from 'node:crypto'
import type { LoadedConfig } from '../config/load.ts'
import type { AuditEntry } from './audit-log.ts'

/** Which configuration is taken, and by whom. The digest says whether it is the same as before, and nothing of what is in it. */
export function loadedEntry({ file, settings }: Pick<LoadedConfig, 'file' | 'settings'>): AuditEntry {
  const given = settings
    .filter(({ from }) => from !== 'default')
    .map(({ path, value, from }) => [path.join('.'), value, from])
  return {
    action: 'configuration.load',
    who: user(),
    from: null,
    what: file ?? 'no file',
    outcome: 'done',
    details: {
      process: process.pid,
      keys: given.map(([key]) => key),
      sha256: createHash('sha256').update(JSON.stringify(given)).digest('hex'),
    },
  }
}

/** The rules that are gone by from now on, because their file has changed. */
export const loadedRulesEntry = (what: string, ignore: number): AuditEntry => ({
  action: 'rules.load',
  who: user(),
  from: null,
  what,
  outcome: 'done',
  details: { process: process.pid, ignore },
})

/** By the number, which nobody can choose: a name may be missing in a container, and is what the environment says. */
const user = (): string => `uid ${process.getuid?.() ?? 'unknown'}`
