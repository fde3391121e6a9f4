import type { ClusterOptions } from '../broker/broker-port.ts'
import type { Cluster, ClusterDescription, PartitionLeader } from '../broker/cluster.ts'
import type { BrokerRequest, Throttled } from '../broker/request.ts'
import { closeSoon } from '../close-soon.ts'
import type { KafkaSettings } from '../settings.ts'
import { captureCluster, type KafkajsCluster } from './captured-cluster.ts'
import { briefRetry, createKafka } from './client.ts'
import { translated } from './errors.ts'
import { sendRaw } from './raw-request.ts'

/** kafkajs' number for a cluster that has no controller now. */
const noController = -1

/** A cluster over kafkajs' connections and metadata. */
export class ClusterOverKafkajs implements Cluster {
  readonly #cluster: KafkajsCluster

  constructor(settings: KafkaSettings, { connectionTimeoutMs, retries = true }: ClusterOptions) {
    const retry = retries ? briefRetry : { ...briefRetry, retries: 0 }
    const limit = connectionTimeoutMs === undefined ? {} : { connectionTimeoutMs }
    this.#cluster = captureCluster(createKafka(settings, { retry, ...limit }))
  }

  connect(): Promise<void> {
    return translated('a connection', () => this.#cluster.connect())
  }

  close(): Promise<void> {
    // kafkajs waits for answers, which a broker that hangs does not give. Its own timeouts end what is left.
    return closeSoon(this.#cluster.disconnect())
  }

  describe(topics: readonly string[] = []): Promise<ClusterDescription> {
    return translated(topics.join(', ') || 'the cluster', async () => {
      // kafkajs' own call replaces the cached metadata, and keeps errors to itself.
      const broker = await this.#cluster.brokerPool.findConnectedBroker()
      const { clusterId, controllerId, brokers, topicMetadata } = await broker.metadata([...topics])
      return {
        clusterId,
        controller: controllerId === noController ? null : controllerId,
        nodes: brokers.map(({ nodeId, host, port }) => ({ id: nodeId, address: `${host}:${port}` })),
        topics: topicMetadata.map(({ topic, partitionMetadata }) => ({
          name: topic,
          partitions: partitionMetadata.map(({ partitionId, leader, replicas }) => {
            return { partition: partitionId, leader, replicas: replicas.length }
          }),
        })),
      }
    })
  }

  nodeIds(): number[] {
    return this.#cluster.getNodeIds().map(Number)
  }

  follow(topics: readonly string[]): Promise<void> {
    return translated(topics.join(', '), () => this.#cluster.addMultipleTargetTopics([...topics]))
  }

  refresh(): Promise<void> {
    return translated('the metadata', () => this.#cluster.refreshMetadata())
  }

  refreshIfOld(): Promise<void> {
    return translated('the metadata', () => this.#cluster.refreshMetadataIfNecessary())
  }

  partitionsOf(topic: string): readonly PartitionLeader[] {
    try {
      return this.#cluster
        .findTopicPartitionMetadata(topic)
        .map(({ partitionId, leader }) => ({ partition: partitionId, leader }))
    } catch (error) {
      if (error instanceof Error && error.name === 'KafkaJSTopicMetadataNotLoaded') return []
      throw error
    }
  }

  send<T extends Throttled>(node: number, request: BrokerRequest<T>): Promise<T> {
    return translated(request.api.name, async () =>
      sendRaw(await this.#cluster.findBroker({ nodeId: String(node) }), request),
    )
  }
}
