import type { Command } from 'commander'

/** Every command, loaded when it is called or when all are listed: what one of them imports slows no other's start. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import('./up.ts')).upCommand(),
  scan: async () => (await import('./scan.ts')).scanCommand(),
  diff: async () => (await import('./diff.ts')).diffCommand(),
  watch: async () => (await import('./watch.ts')).watchCommand(),
  get: async () => (await import('./get.ts')).getCommand(),
  list: async () => (await import('./list.ts')).listCommand(),
  history: async () => (await import('./history.ts')).historyCommand(),
  snapshot: async () => (await import('./snapshot.ts')).snapshotCommand(),
  scopes: async () => (await import('./scopes.ts')).scopesCommand(),
  ingest: async () => (await import('./ingest.ts')).ingestCommand(),
  config: async () => (await import('./config.ts')).configCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
  version: async () => (await import('./version.ts')).versionCommand(),
}
