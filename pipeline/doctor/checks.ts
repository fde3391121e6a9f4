import type { Config } from '../config/schema.ts'
import { dataDirCheck } from './data-dir.ts'
import type { Check } from './finding.ts'
import { sourceChecks } from './sources.ts'

/** All checks of a configuration, in the order of the report. */
export async function checksOf(config: Config): Promise<readonly Check[]> {
  const ofThisMachine = [dataDirCheck(config), ...sourceChecks(config)]
  if (config.transport === 'embedded') return ofThisMachine
  // Loaded only here, because the Kafka client takes time and memory.
  const { kafkaCheck } = await import('./kafka.ts')
  return [...ofThisMachine, kafkaCheck(config)]
}
