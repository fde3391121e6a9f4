import type { BrokerPort } from './broker/broker-port.ts'
import type { Cluster } from './broker/cluster.ts'
import { kafkaFailure } from './failure.ts'
import type { KafkaSettings } from './settings.ts'
import { whenSettled } from './settled.ts'

export interface Asking {
  readonly topic: string
  /** Begins the error's message: what could not be asked. */
  readonly about: string
  readonly signal?: AbortSignal | undefined
}

/**
 * Asks a question over a connection of its own, with the topic's present leaders; again while an election goes on.
 * @throws VainoError `broker_unreachable`, also when the signal is aborted first; `broker_refused`
 */
export async function askCluster<T>(
  port: BrokerPort,
  settings: KafkaSettings,
  { topic, about, signal }: Asking,
  question: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const cluster = port.openCluster(settings)
  try {
    await cluster.connect()
    return await whenSettled(async () => {
      await cluster.follow([topic])
      await cluster.refresh()
      return question(cluster)
    }, signal)
  } catch (error) {
    throw kafkaFailure(error, about)
  } finally {
    await cluster.close()
  }
}
