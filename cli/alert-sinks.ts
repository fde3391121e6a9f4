import { type OpenSink, openSink } from '../pipeline/alerts/sinks/open-sinks.ts'
import type { Config } from '../pipeline/config/schema.ts'
import { readSecretFile } from '../pipeline/config/secret-file.ts'

/** The sinks of the configuration, with their secrets. @throws VainoError `bad_config` */
export function sinksOf({ alerts }: Config): OpenSink[] {
  const readFile = (name: string, file: string) => readSecretFile(name, file, process.cwd())
  return Object.entries(alerts.sinks).map(([name, sink]) =>
    openSink(name, sink, { environment: process.env, readFile }),
  )
}
