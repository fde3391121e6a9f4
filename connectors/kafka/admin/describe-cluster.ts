import type { BrokerPort } from '../broker/broker-port.ts'
import type { ClusterDescription as Described } from '../broker/cluster.ts'
import { kafkaFailure } from '../failure.ts'
import type { KafkaSettings } from '../settings.ts'

export type ClusterDescription = Omit<Described, 'topics'>

const defaultTimeoutMs = 5000

/**
 * What one of the given brokers answers about its cluster, at the first attempt.
 * @param timeoutMs limit for opening the connection
 * @throws VainoError `broker_unreachable`, `broker_refused`
 */
export async function describeCluster(
  port: BrokerPort,
  settings: KafkaSettings,
  timeoutMs = defaultTimeoutMs,
): Promise<ClusterDescription> {
  const cluster = port.openCluster(settings, { connectionTimeoutMs: timeoutMs, retries: false })
  try {
    await cluster.connect()
    const { clusterId, controller, nodes } = await cluster.describe()
    return { clusterId, controller, nodes }
  } catch (error) {
    throw kafkaFailure(error, `${settings.brokers.join(', ')} could not be asked`)
  } finally {
    await cluster.close()
  }
}
