import type { KafkaSettings } from '../settings.ts'
import type { BrokerPort } from './broker-port.ts'
import type { Cluster } from './cluster.ts'

/** Opens a cluster, connects and reads its metadata. */
export async function connectCluster(port: BrokerPort, settings: KafkaSettings): Promise<Cluster> {
  const cluster = port.openCluster(settings)
  try {
    await cluster.connect()
    await cluster.refresh()
    return cluster
  } catch (error) {
    void cluster.close()
    throw error
  }
}
