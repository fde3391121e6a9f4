import type { Command } from 'commander'

/** Every command, loaded when it is called or when all are listed: what one of them imports slows no other's start. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./commands/up.ts')).upCommand(),
  scan: async () => (await import('./commands/scan.ts')).scanCommand(),
  drift: async () => (await import('./commands/drift.ts')).driftCommand(),
  diff: async () => (await import('./commands/diff.ts')).diffCommand(),
  watch: async () => (await import('./commands/watch.ts')).watchCommand(),
  get: async () => (await import('./commands/get.ts')).getCommand(),
  list: async () => (await import('./commands/list.ts')).listCommand(),
  history: async () => (await import('./commands/history.ts')).historyCommand(),
  snapshot: async () => (await import('./commands/snapshot.ts')).snapshotCommand(),
  scopes: async () => (await import('./commands/scopes.ts')).scopesCommand(),
  ingest: async () => (await import('./commands/ingest.ts')).ingestCommand(),
  init: async () => (await import('./commands/init.ts')).initCommand(),
  baseline: async () => (await import('./commands/baseline.ts')).baselineCommand(),
  rules: async () => (await import('./commands/rules.ts')).rulesCommand(),
  alerts: async () => (await import('./commands/alerts.ts')).alertsCommand(),
  backup: async () => (await import('./commands/backup.ts')).backupCommand(),
  restore: async () => (await import('./commands/restore.ts')).restoreCommand(),
  config: async () => (await import('./commands/config.ts')).configCommand(),
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  completion: async () => (await import('./commands/completion.ts')).completionCommand(),
  version: async () => (await import('./commands/version.ts')).versionCommand(),
}
