import { join } from 'node:path'
import type { KafkaSettings } from '../../connectors/kafka/kafka.ts'
import { asDocuments, asParcels, asRecords, type InputForm, type InputTopic } from './input.ts'
import type { Progress } from './measure.ts'
import type { RunningProgram } from './run-program.ts'
import { runStreams } from './streams-program.ts'
import { makeTopics, makeVainoTopics, partitions } from './topics.ts'
import { runVaino } from './vaino-program.ts'

export interface Contender {
  readonly name: string
  readonly input: InputTopic
  readonly progress: Progress
  readonly start: () => RunningProgram
}

async function vaino(
  settings: KafkaSettings,
  folder: string,
  prefix: string,
  name: string,
  form: InputForm,
): Promise<Contender> {
  const topic = await makeVainoTopics(settings, prefix)
  return {
    name,
    input: { topic, form },
    progress: { group: `${prefix}.processors`, topic, partitions },
    start: () => runVaino(settings, { prefix, roles: ['processor'], folder: join(folder, prefix) }),
  }
}

async function streams(settings: KafkaSettings, folder: string, name: string): Promise<Contender> {
  const [input, changes] = [`${name}.resources`, `${name}.changes`]
  await makeTopics(settings, [input, changes])
  const job = { name, input, changes, stateFolder: join(folder, name) }
  return {
    name: 'Kafka Streams',
    input: { topic: input, form: asDocuments },
    progress: { group: name, topic: input, partitions },
    start: () => runStreams(settings, job),
  }
}

/** Those who do the same job; the peer that the others are compared with comes first, where it takes part. */
export async function contenders(settings: KafkaSettings, folder: string, withPeer: boolean): Promise<Contender[]> {
  return [
    ...(withPeer ? [await streams(settings, folder, 'streams')] : []),
    await vaino(settings, folder, 'collected', 'vaino', asParcels),
    await vaino(settings, folder, 'single', 'vaino, one record a message', asRecords),
  ]
}
