import type { Config } from '../config/schema.ts'
import { dataDirCheck } from './data-dir.ts'
import type { Check } from './finding.ts'
import { sourceChecks } from './sources.ts'

/** Everything that can stand in the way of a configuration, in the order in which it is told. */
export async function checksOf(config: Config): Promise<readonly Check[]> {
  const ofThisMachine = [dataDirCheck(config), ...sourceChecks(config)]
  if (config.transport === 'embedded') return ofThisMachine
  // Loaded only here: who doesn't use Kafka doesn't pay for its client.
  const { kafkaCheck } = await import('./kafka.ts')
  return [...ofThisMachine, kafkaCheck(config)]
}
