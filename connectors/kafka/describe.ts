import { kafkaFailure } from './failure.ts'
import { briefRetry, closeSoon, createKafka } from './kafkajs/client.ts'
import type { KafkaSettings } from './settings.ts'

export interface ClusterDescription {
  readonly clusterId: string
  /** The controller's id; null while there is none. */
  readonly controller: number | null
  readonly nodes: readonly { readonly id: number; readonly address: string }[]
}

/** What one of the given brokers knows of its cluster. @throws VainoError `broker_unreachable`, `broker_refused` */
export async function describeCluster(settings: KafkaSettings, timeoutMs = 5000): Promise<ClusterDescription> {
  const retry = { ...briefRetry, retries: 0 }
  const admin = createKafka(settings, { retry, connectionTimeoutMs: timeoutMs }).admin({ retry })
  try {
    await admin.connect()
    const { brokers, controller, clusterId } = await admin.describeCluster()
    return {
      clusterId,
      controller,
      nodes: brokers.map(({ nodeId, host, port }) => ({ id: nodeId, address: `${host}:${port}` })),
    }
  } catch (error) {
    throw kafkaFailure(error, `${settings.brokers.join(', ')} could not be asked`)
  } finally {
    await closeSoon(admin.disconnect())
  }
}
