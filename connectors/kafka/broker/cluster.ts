// What this connector asks of a Kafka client. kafkajs/ has the one implementation, so that the client can be replaced.

export interface PartitionMetadata {
  readonly partitionId: number
  /** The id of the broker that leads the partition; -1 while there is none. */
  readonly leader: number
}

/** A connection to one broker. */
export interface ClusterBroker {
  /** The versions of each request that the broker speaks, by the request's key. */
  apiVersions(): Promise<{ [apiKey: number]: { minVersion: number; maxVersion: number } }>
}

export interface OffsetsOf {
  topic: string
  partitions: { partition: number }[]
}

/** `fromTimestamp` is in ms since 1970. */
export type OffsetsWanted = OffsetsOf & ({ fromBeginning: boolean } | { fromTimestamp: number })

/** The client's view of a cluster: its brokers, their connections, and who leads which partition. */
export interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  getNodeIds(): number[]
  /** The broker with this id, connected. */
  findBroker(node: { nodeId: string }): Promise<ClusterBroker>
  /** Adds topics to those whose metadata is asked for, and asks for it where one is new. */
  addMultipleTargetTopics(topics: string[]): Promise<void>
  refreshMetadata(): Promise<void>
  /** Refreshes metadata that is older than its maximum age. */
  refreshMetadataIfNecessary(): Promise<void>
  /** Empty for a topic that the metadata lacks. Throws before the first metadata. */
  findTopicPartitionMetadata(topic: string): PartitionMetadata[]
  fetchTopicsOffset(
    topics: OffsetsWanted[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>
}
