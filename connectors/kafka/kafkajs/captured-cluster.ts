import type { Kafka } from 'kafkajs'

const metadataMaxAgeMs = 30_000

/** What is used of kafkajs' cluster: its published type has less. */
export interface KafkajsCluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  getNodeIds(): string[]
  findBroker(node: { nodeId: string }): Promise<object>
  addMultipleTargetTopics(topics: string[]): Promise<void>
  refreshMetadata(): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  /** Throws before the first metadata. */
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number; readonly leader: number }[]
  readonly brokerPool: {
    /** One that is connected; connects to one if none is. */
    findConnectedBroker(): Promise<{ metadata(topics: string[]): Promise<MetadataAnswer> }>
  }
}

interface MetadataAnswer {
  readonly clusterId: string
  readonly controllerId: number | null
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
  readonly topicMetadata: readonly {
    readonly topic: string
    readonly partitionMetadata: readonly {
      readonly partitionId: number
      readonly leader: number
      readonly replicas: readonly number[]
    }[]
  }[]
}

const isComplete = (cluster: object): cluster is KafkajsCluster => 'brokerPool' in cluster && 'getNodeIds' in cluster

/** kafkajs hands its cluster to partition assigners only, so it is taken from a consumer that never joins a group. */
export function captureCluster(kafka: Kafka): KafkajsCluster {
  const captured: object[] = []
  const neverJoins = (): never => {
    throw new Error('this consumer never joins a group')
  }
  kafka.consumer({
    groupId: 'none',
    metadataMaxAge: metadataMaxAgeMs,
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        captured.push(cluster)
        return { name: 'none', version: 0, assign: neverJoins, protocol: neverJoins }
      },
    ],
  })
  const [cluster] = captured
  if (cluster === undefined || !isComplete(cluster)) {
    throw new Error('this version of kafkajs does not hand out its cluster')
  }
  return cluster
}
